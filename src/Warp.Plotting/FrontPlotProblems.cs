using Warp.Plotting.Drawing;

namespace Warp.Plotting;

/// <summary>What keeps a plot from being drawn, in words.</summary>
internal static class FrontPlotProblems
{
    internal static IEnumerable<string> Of(FrontPlot plot)
    {
        foreach (var problem in FigureProblems.OfSize(plot.Width, plot.Height, plot.PixelsPerUnit))
            yield return problem;
        if (plot.Title is null)
            yield return $"{nameof(plot.Title)} is null; an empty one draws no title";
        if (plot.KlLabel is null)
            yield return $"{nameof(plot.KlLabel)} is null; an empty one draws no label";
        if (plot.Panels is null || plot.Panels.Count == 0)
        {
            yield return "there are no panels; give at least one";
            yield break;
        }

        for (var i = 0; i < plot.Panels.Count; i++)
        {
            foreach (var problem in Of(plot.Panels[i], plot.Panels.Count == 1 ? "" : $"panel {i} (\"{plot.Panels[i]?.RewardLabel}\"), "))
                yield return problem;
        }
    }

    private static IEnumerable<string> Of(FrontPanel? panel, string where)
    {
        if (panel?.RewardLabel is null || panel.Series is null || panel.Series.Count == 0)
        {
            yield return $"{where}there are no series, or a part of the panel is null; give a label and at least one series";
            yield break;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < panel.Series.Count; i++)
        {
            var series = panel.Series[i];
            if (string.IsNullOrWhiteSpace(series?.Name))
            {
                yield return $"{where}series {i} has no name; the legend needs one";
                continue;
            }

            if (!names.Add(series.Name))
                yield return $"{where}two series are called \"{series.Name}\"; the legend could not tell them apart";
            if (series.Points is null || series.Points.Count == 0)
                yield return $"{where}series \"{series.Name}\" has no points; leave the series out, or give it some";
            foreach (var problem in (series.Points ?? []).SelectMany((point, j) => Of(point, $"{where}series \"{series.Name}\", point {j}")))
                yield return problem;
        }
    }

    private static IEnumerable<string> Of(FrontSeriesPoint? point, string where)
    {
        if (point is null)
        {
            yield return $"{where}: null";
            yield break;
        }

        if (!double.IsFinite(point.Kl))
            yield return $"{where}: {nameof(point.Kl)} is {point.Kl}; it must be finite";
        if (!double.IsFinite(point.Reward))
            yield return $"{where}: {nameof(point.Reward)} is {point.Reward}; it must be finite";
        if (!double.IsFinite(point.KlStandardError) || point.KlStandardError < 0)
            yield return $"{where}: {nameof(point.KlStandardError)} is {point.KlStandardError}; it must be finite and at least 0";
        if (!double.IsFinite(point.RewardStandardError) || point.RewardStandardError < 0)
            yield return $"{where}: {nameof(point.RewardStandardError)} is {point.RewardStandardError}; it must be finite and at least 0";
    }
}
