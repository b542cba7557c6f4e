namespace Warp.Tool.Output;

/// <summary>What was merged, in a few lines.</summary>
internal static class MergeSummary
{
    internal static void Write(ToolConsole console, MergeOutcome outcome, bool quiet)
    {
        foreach (var warning in outcome.Warnings)
            console.Error.WriteLine(PlainText.Of($"warning: {warning}"));
        if (quiet)
            return;
        var lambda = outcome.Lambda is { } l ? $", λ = {Numbers.Setting(l)}" : outcome.Policies.Count > 2 ? ", λ = 1/m for policy m" : "";
        var eta = outcome.Eta is { } e ? $", η = {Numbers.Setting(e)}" : "";
        console.Output.WriteLine($"Merged {outcome.Policies.Count} policies by {outcome.Method.ToUpperInvariant()}, granularity {outcome.Granularity}{lambda}{eta}.");
        console.Output.WriteLine($"  {outcome.Groups.Count} groups, {Numbers.Count(outcome.Groups.Sum(g => g.Parameters))} parameters{Range(outcome)}");
        foreach (var remark in Remarks(outcome))
            console.Output.WriteLine($"  {remark}");
        foreach (var file in outcome.Files)
            console.Output.WriteLine(PlainText.Of($"  {file} ({Numbers.Bytes(new FileInfo(file).Length)})"));
        if (CodeOf(outcome.Init) is { Count: > 0 } code)
            console.Output.WriteLine(PlainText.Of($"  not copied, because it is code: {string.Join(", ", code)}"));
    }

    private static string Range(MergeOutcome outcome)
    {
        var angles = outcome.Groups.SelectMany(g => g.Steps).Select(s => s.AngleDegrees).OfType<double>().ToList();
        if (angles.Count == 0)
            return "";
        var (least, greatest) = (Numbers.Angle(angles.Min()), Numbers.Angle(angles.Max()));
        return least == greatest ? $"; angle {least}" : $"; angles from {least} to {greatest}";
    }

    // Where all groups are alike, a warning says so.
    private static IEnumerable<string> Remarks(MergeOutcome outcome)
    {
        var all = outcome.Groups.Count;
        if (outcome.Groups.Count(g => g.Norms.Contains(0)) is > 0 and var still && still < all)
            yield return $"unchanged by a policy: {still} of {all} groups";
        if (outcome.Groups.Count(g => g.Steps.Any(s => s.Kind == MergeStepKind.Parallel)) is > 0 and var parallel)
            yield return $"parallel task vectors: {parallel} of {all} groups";
    }

    private static List<string> CodeOf(string init) => Directory.Exists(init)
        ? [.. Directory.EnumerateFiles(init, "*.py").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)]
        : [];
}
