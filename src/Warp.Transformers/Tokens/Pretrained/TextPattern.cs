namespace Warp.Transformers;

/// <summary>A <c>pattern</c> of a tokenizer file: text, or a regular expression.</summary>
internal static class TextPattern
{
    /// <summary>Reads <c>{"String": …}</c> or <c>{"Regex": …}</c>, as a function that finds the matches in a text.</summary>
    internal static Func<string, IReadOnlyList<(int Start, int End)>> Read(Setting setting)
    {
        if (setting.Find("String") is { } text)
        {
            var literal = text.Text() is { Length: > 0 } value ? value : throw text.Refused("it is empty.");
            return piece => Occurrences(piece, literal);
        }

        var pattern = setting.Need("Regex");
        return new TokenRegex(pattern.Place, pattern.Text()).Matches;
    }

    /// <summary>Where a text occurs.</summary>
    internal static List<(int Start, int End)> Occurrences(string text, string literal)
    {
        var found = new List<(int Start, int End)>();
        for (var at = text.IndexOf(literal, StringComparison.Ordinal); at >= 0; at = text.IndexOf(literal, at + literal.Length, StringComparison.Ordinal))
            found.Add((at, at + literal.Length));
        return found;
    }

    /// <summary>A text with something else in place of the matches.</summary>
    internal static string Replace(string text, IReadOnlyList<(int Start, int End)> matches, string content)
    {
        if (matches.Count == 0)
            return text;
        var (result, done) = (new System.Text.StringBuilder(text.Length), 0);
        foreach (var (start, end) in matches)
        {
            result.Append(text, done, start - done).Append(content);
            done = end;
        }

        return result.Append(text, done, text.Length - done).ToString();
    }
}
