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
        var lambda = outcome.Lambda is { } l ? $", λ = {Numbers.Setting(l)}" : "";
        var eta = outcome.Eta is { } e ? $", η = {Numbers.Setting(e)}" : "";
        console.Output.WriteLine($"Merged {outcome.Policies.Count} policies by {outcome.Method.ToUpperInvariant()}, granularity {outcome.Granularity}{lambda}{eta}.");
        console.Output.WriteLine($"  {outcome.Groups.Count} groups, {Numbers.Count(outcome.Groups.Sum(g => g.Parameters))} parameters{Range(outcome)}");
        foreach (var file in outcome.Files)
            console.Output.WriteLine(PlainText.Of($"  {file} ({Numbers.Bytes(new FileInfo(file).Length)})"));
    }

    private static string Range(MergeOutcome outcome)
    {
        var angles = outcome.Groups.SelectMany(g => g.Steps).Select(s => s.AngleDegrees).OfType<double>().ToList();
        return angles.Count == 0 ? "" : $"; angles from {Numbers.Angle(angles.Min())} to {Numbers.Angle(angles.Max())}";
    }
}
