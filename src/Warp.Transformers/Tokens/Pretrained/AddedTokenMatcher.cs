using System.Buffers;
using System.Globalization;
using System.Text;

namespace Warp.Transformers;

/// <summary>Finds added tokens in a text: the leftmost, and of those the longest, as Hugging Face's tokenizers do.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);
    private readonly SearchValues<string> _patterns;
    private readonly int[] _lengths;

    /// <summary>Creates a matcher of the patterns; of two equal ones the first counts.</summary>
    internal AddedTokenMatcher(IEnumerable<(string Pattern, AddedToken Token)> tokens)
    {
        foreach (var (pattern, token) in tokens)
            _tokens.TryAdd(pattern, token);
        _patterns = SearchValues.Create([.. _tokens.Keys], StringComparison.Ordinal);
        _lengths = [.. _tokens.Keys.Select(pattern => pattern.Length).Distinct().OrderDescending()];
    }

    /// <summary>The text in parts, those that are a token with it. White space may belong to two tokens, as it does there.</summary>
    internal IEnumerable<(int Start, int End, AddedToken? Token)> Split(string text)
    {
        var (from, done) = (0, 0);
        while (Next(text, from) is { } found)
        {
            var (start, end) = (found.At, found.At + found.Length);
            from = end;
            if (found.Token.SingleWord && (TouchesWordBefore(text, start) || TouchesWordAfter(text, end)))
                continue;
            if (found.Token.LeftStrip)
                start = Math.Max(text.AsSpan(0, start).TrimEnd().Length, done);
            if (found.Token.RightStrip)
                end = text.Length - text.AsSpan(end).TrimStart().Length;
            if (done < start)
                yield return (done, start, null);
            if (start < end) // else an earlier token has taken all of it as its white space
                yield return (start, end, found.Token);
            done = end;
        }

        if (done < text.Length)
            yield return (done, text.Length, null);
    }

    private (int At, int Length, AddedToken Token)? Next(string text, int from)
    {
        var at = text.AsSpan(from).IndexOfAny(_patterns);
        if (at < 0)
            return null;
        at += from;
        var tokens = _tokens.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var length in _lengths)
        {
            if (at + length <= text.Length && tokens.TryGetValue(text.AsSpan(at, length), out var token))
                return (at, length, token);
        }

        throw new InvalidOperationException("The search found a pattern that is none.");
    }

    private static bool TouchesWordBefore(string text, int at) =>
        Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out var rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool TouchesWordAfter(string text, int at) =>
        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out _) == OperationStatus.Done && IsWord(rune);

    /// <summary>What Unicode's regular expressions call \w: letters, marks, decimal and letter numbers, connectors, and a few that count as such.</summary>
    internal static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation => true,
        _ => rune.Value is 0x200C or 0x200D || IsCircledLetter(rune),
    };

    /// <summary>The symbols that are alphabetic all the same.</summary>
    internal static bool IsCircledLetter(Rune rune) =>
        rune.Value is (>= 0x24B6 and <= 0x24E9) or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);
}
