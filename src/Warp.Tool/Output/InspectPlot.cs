using Warp.Plotting;

namespace Warp.Tool.Output;

/// <summary>The histograms of the paper's Figure 11.</summary>
internal static class InspectPlot
{
    // What a title has room for.
    private const int MostNames = 3;
    private const int LongestName = 24;

    internal static bool CanDraw(string path) => IsSvg(path) || path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    internal static void Save(CheckpointInspection inspection, string init, IReadOnlyList<string> policies, string path)
    {
        var plot = Of(inspection, init, policies);
        if (IsSvg(path))
            plot.SaveSvg(path);
        else
            plot.SavePng(path);
    }

    internal static HistogramPlot Of(CheckpointInspection inspection, string init, IReadOnlyList<string> policies)
    {
        var steps = inspection.Report.Groups.SelectMany(g => g.Steps).ToList();
        return new()
        {
            Title = $"{Names(policies)} about {Name(init)}, granularity {inspection.Report.Granularity.ToString().ToLowerInvariant()}",
            CountLabel = policies.Count == 2 ? "groups" : "groups × steps",
            Panels =
            [
                new("angle of task vectors (°)", [.. steps.Select(s => s.AngleDegrees).OfType<double>()]),
                new("norm ratio of task vectors", [.. steps.Select(s => s.NormRatio).OfType<double>()]),
                new("angle of full weights (°)", [.. inspection.FullWeightAngles.SelectMany(a => a).OfType<double>()]),
            ],
        };
    }

    private static string Names(IReadOnlyList<string> paths) =>
        string.Join(", ", paths.Take(MostNames).Select(Name)) + (paths.Count > MostNames ? $" and {paths.Count - MostNames} more" : "");

    private static string Name(string path) => ShortNames.Of([PlainText.OneLine(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))))], LongestName)[0];

    private static bool IsSvg(string path) => path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase);
}
