using Warp.Plotting;

namespace Warp.Tool.Output;

/// <summary>The histograms of the paper's Figure 11.</summary>
internal static class InspectPlot
{
    internal static bool CanDraw(string path) => IsSvg(path) || path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    internal static void Save(CheckpointInspection inspection, string path)
    {
        var plot = Of(inspection);
        if (IsSvg(path))
            plot.SaveSvg(path);
        else
            plot.SavePng(path);
    }

    internal static HistogramPlot Of(CheckpointInspection inspection)
    {
        var steps = inspection.Report.Groups.SelectMany(g => g.Steps).ToList();
        return new()
        {
            Title = "Task vectors and full weights of the policies",
            CountLabel = "groups",
            Panels =
            [
                new("angle of task vectors (°)", [.. steps.Select(s => s.AngleDegrees).OfType<double>()]),
                new("norm ratio of task vectors", [.. steps.Select(s => s.NormRatio).OfType<double>()]),
                new("angle of full weights (°)", [.. inspection.FullWeightAngles.SelectMany(a => a).OfType<double>()]),
            ],
        };
    }

    private static bool IsSvg(string path) => path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase);
}
