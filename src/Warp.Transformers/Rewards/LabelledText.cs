namespace Warp.Transformers;

/// <summary>A text and whether it is of the kind that a reward model shall prefer.</summary>
/// <param name="Text">The text, all that the model reads.</param>
/// <param name="IsPositive">Whether it is good.</param>
public sealed record LabelledText(string Text, bool IsPositive)
{
    /// <summary>Reads examples from a file of JSON lines (one object per line; blank lines are skipped) or with a JSON array of objects.</summary>
    /// <remarks>
    /// <c>text</c> is a string. <c>label</c> is <c>"pos"</c> or <c>"neg"</c>, <c>"positive"</c> or <c>"negative"</c>, 1 or 0, true or false. Other
    /// keys are left alone.
    /// </remarks>
    /// <param name="path">The file, in UTF-8.</param>
    /// <exception cref="ExampleFormatException">The file is malformed; the message names the line, the key and the value.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IReadOnlyList<LabelledText> Load(string path) =>
        [.. ExampleFile.Read(path).Select(example => new LabelledText(example.Text("text"), example.Label("label")))];
}
