using System.Globalization;
using System.Text;

namespace Warp;

/// <summary>A checkpoint that a merge was made of.</summary>
/// <param name="Role">What it was, such as <c>init</c> or <c>policy 1</c>.</param>
/// <param name="Name">Its name for readers elsewhere, such as a model's id. Not a path of this machine.</param>
/// <param name="Hashes">File names and their SHA-256; see <see cref="Checkpoint.ComputeHashes"/>.</param>
public sealed record ModelCardSource(string Role, string Name, IReadOnlyList<KeyValuePair<string, string>> Hashes)
{
    /// <summary>
    /// Whether <see cref="Name"/> is a model's id on the hub, to which the card links as <c>base_model</c>; other names are text. Default: whether
    /// it looks like one, <c>owner/name</c>.
    /// </summary>
    public bool IsModelId { get; init; } = LooksLikeId(Name);

    private static bool LooksLikeId(string? name) =>
        name?.Split('/') is [{ Length: > 0 } owner, { Length: > 0 } model] && (owner + model).All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}

/// <summary>The card of a merged model: how it was made and of what, as <c>README.md</c> with the front matter that the hub reads.</summary>
/// <remarks>Equal contents give equal text; there is no date in it. All texts are escaped.</remarks>
public sealed class ModelCard
{
    /// <summary>The file that holds the card.</summary>
    public const string FileName = "README.md";

    /// <summary>The model's name; the title of the card. Default: <c>Merged model</c>.</summary>
    public string Title { get; init; } = "Merged model";

    /// <summary>The method, such as <c>slerp</c>, <c>lerp</c> or <c>liti</c>.</summary>
    public required string Method { get; init; }

    /// <summary>What was merged, in the order in which it was: the start first, then the policies.</summary>
    public required IReadOnlyList<ModelCardSource> Sources { get; init; }

    /// <summary>λ: the weight of the second of two policies. Null if it plays no part.</summary>
    public double? Lambda { get; init; }

    /// <summary>η: where between the start (0) and the merge (1) the result lies. Null if it plays no part.</summary>
    public double? Eta { get; init; }

    /// <summary>What was merged as one vector: layer, tensor or model. Null if it plays no part.</summary>
    public string? Granularity { get; init; }

    /// <summary>The type of the merged weights, such as <c>BF16</c>. Null if it is that of the start.</summary>
    public string? TypeName { get; init; }

    /// <summary>The library that loads the model, as the hub calls it. Default: <c>transformers</c>.</summary>
    public string LibraryName { get; init; } = "transformers";

    /// <summary>Further lines of the table of settings, in order. Default: none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Details { get; init; } = [];

    /// <summary>The text of the card.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        AppendFrontMatter(text);
        text.Append("\n# ").Append(Cell(Title)).Append("\n\nMade with Warp.Core by WARP ([arXiv 2406.16768](https://arxiv.org/abs/2406.16768)).\n\n## Settings\n\n| | |\n|---|---|\n");
        foreach (var (name, value) in Settings())
            text.Append("| ").Append(Cell(name)).Append(" | ").Append(Cell(value)).Append(" |\n");
        text.Append("\n## Sources, in order\n\n| role | model | file | SHA-256 |\n|---|---|---|---|\n");
        foreach (var source in Sources)
        {
            foreach (var (file, hash) in source.Hashes.DefaultIfEmpty(KeyValuePair.Create("", "")))
                text.Append("| ").AppendJoin(" | ", new[] { source.Role, source.Name, file, hash }.Select(Cell)).Append(" |\n");
        }

        return text.ToString();
    }

    private void AppendFrontMatter(StringBuilder text)
    {
        text.Append("---\n");
        var models = Sources.Where(s => s.IsModelId).Select(s => s.Name).Distinct(StringComparer.Ordinal).ToList();
        if (models.Count > 0)
        {
            text.Append("base_model:\n");
            foreach (var name in models)
                text.Append("- ").Append(Quoted(name)).Append('\n');
        }

        text.Append("library_name: ").Append(Quoted(LibraryName)).Append("\ntags:\n- merge\n- warp\n---\n");
    }

    private IEnumerable<KeyValuePair<string, string>> Settings()
    {
        yield return KeyValuePair.Create("method", Method);
        if (Lambda is { } lambda)
            yield return KeyValuePair.Create("λ", lambda.ToString("R", CultureInfo.InvariantCulture));
        if (Eta is { } eta)
            yield return KeyValuePair.Create("η", eta.ToString("R", CultureInfo.InvariantCulture));
        if (Granularity is not null)
            yield return KeyValuePair.Create("granularity", Granularity);
        if (TypeName is not null)
            yield return KeyValuePair.Create("dtype", TypeName);
        foreach (var detail in Details)
            yield return detail;
    }

    /// <summary>A YAML string in double quotes, in which nothing can end the string or the line.</summary>
    internal static string Quoted(string value)
    {
        var text = new StringBuilder("\"");
        foreach (var rune in value.EnumerateRunes()) // Half a surrogate pair comes as U+FFFD.
        {
            if (rune.Value is '"' or '\\')
                text.Append('\\').Append((char)rune.Value);
            else if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 or 0xFEFF)
                text.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else
                text.Append(rune.ToString());
        }

        return text.Append('"').ToString();
    }

    /// <summary>A text in a table of Markdown: one line, no markup.</summary>
    private static string Cell(string value)
    {
        var text = new StringBuilder();
        foreach (var rune in value.EnumerateRunes())
        {
            if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029)
                text.Append(' ');
            else if (rune.Value is '<' or '>' or '&')
                text.Append(CultureInfo.InvariantCulture, $"&#{rune.Value};");
            else if (rune.Value is '|' or '`' or '*' or '[' or ']' or '\\' or '!' or '#')
                text.Append('\\').Append((char)rune.Value);
            else
                text.Append(rune.ToString());
        }

        return text.ToString();
    }
}
