namespace Warp;

/// <summary>One difference between two sets of weights.</summary>
/// <param name="Text">In words.</param>
/// <param name="Kind">Equal for differences that read alike but for the tensor's name; null for one of its own.</param>
/// <param name="Collective">What all differences of the kind say together: follows "all 29 tensors "; null if that makes no sentence.</param>
internal sealed record ParameterDifference(string Text, string? Kind = null, string? Collective = null)
{
    /// <summary>Examples of one kind that a message shows.</summary>
    private const int MostExamples = 10;

    /// <summary>Kinds that a message shows; what differs in more ways than that is another model.</summary>
    private const int MostKinds = 20;

    private const int LongestLine = 400;

    /// <summary>More than twice the tensors of the largest models; more are an attempt to make trouble.</summary>
    internal const int Most = 200_000;

    /// <summary>Takes a difference down, unless there are too many already: then only that there are more.</summary>
    internal static void Note(List<ParameterDifference> differences, ParameterDifference difference)
    {
        if (differences.Count < Most)
            differences.Add(difference);
        else if (differences.Count == Most)
            differences.Add(new($"and more than the {Most} differences that are listed"));
    }

    /// <summary>A tensor that only one of two sets has.</summary>
    internal static ParameterDifference Missing(string tensor, string present, string absent) =>
        new($"'{tensor}' is in {present} but not in {absent}", $"missing {present} {absent}");

    /// <summary>A tensor of two shapes.</summary>
    internal static ParameterDifference Shape(string tensor, IEnumerable<long> expected, IEnumerable<long> actual, string expectedName, string actualName) =>
        new($"'{tensor}' is [{string.Join(", ", expected)}] in {expectedName} but [{string.Join(", ", actual)}] in {actualName}", $"shape {expectedName} {actualName}");

    /// <summary>A tensor of two types.</summary>
    internal static ParameterDifference Type(string tensor, string expected, string actual, string expectedName, string actualName) => new(
        $"'{tensor}' is {expected} in {expectedName} but {actual} in {actualName}",
        $"type {expected} {actual} {expectedName} {actualName}",
        $"are {expected} in {expectedName} but {actual} in {actualName}");

    /// <summary>A tensor that must not differ, and does.</summary>
    internal static ParameterDifference Values(string tensor, string expectedName, string actualName) =>
        new($"'{tensor}' is not trained, yet its values in {actualName} differ from those in {expectedName}", $"values {expectedName} {actualName}");

    /// <summary>The lines of a message: kind by kind, those that are many with a few examples, those that all tensors share in one line.</summary>
    /// <param name="differences">All of them.</param>
    /// <param name="tensors">How many tensors there are; null if that is not known.</param>
    internal static string Lines(IReadOnlyList<ParameterDifference> differences, int? tensors)
    {
        var kinds = differences.GroupBy(d => d.Kind ?? "", StringComparer.Ordinal).ToList();
        return string.Concat(kinds.Take(MostKinds).SelectMany(k => Lines([.. k], tensors)).Select(line => $"{Environment.NewLine}  {Shortened(line)}"))
            + (kinds.Count > MostKinds ? $"{Environment.NewLine}  and {kinds.Skip(MostKinds).Sum(k => k.Count())} more" : "");
    }

    private static IEnumerable<string> Lines(List<ParameterDifference> kind, int? tensors)
    {
        if (kind[0].Collective is { } collective && kind.Count > 1 && kind.Count == tensors)
            return [$"all {tensors} tensors {collective}"];
        var examples = kind.Take(MostExamples).Select(d => d.Text);
        return kind.Count > MostExamples ? examples.Append($"and {kind.Count - MostExamples} more like these") : examples;
    }

    private static string Shortened(string line) => line.Length <= LongestLine ? line : $"{line.AsSpan(0, LongestLine)}…";
}
