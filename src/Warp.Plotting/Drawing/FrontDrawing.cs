using SkiaSharp;

namespace Warp.Plotting.Drawing;

/// <summary>Lays out title, panels and legend of a front.</summary>
internal static class FrontDrawing
{
    internal static void Draw(SKCanvas canvas, FrontPlot plot)
    {
        // One colour per name, in the order of first appearance over all panels.
        var names = plot.Panels.SelectMany(p => p.Series).Select(s => s.Name).Distinct(StringComparer.Ordinal).ToList();
        SeriesLook Look(FrontSeries series) => SeriesLook.Of(names.IndexOf(series.Name), series);
        var items = plot.Panels.SelectMany(p => p.Series).DistinctBy(s => s.Name, StringComparer.Ordinal).Select(s => (s, Look(s))).ToList();

        var inner = FigureWriter.Begin(canvas, plot.Width, plot.Height, plot.Title);
        using var legend = new LegendDrawing(items, inner.Width);
        inner.Bottom -= legend.Height;
        legend.Draw(canvas, inner.MidX, inner.Bottom);
        inner.Bottom -= FigureStyle.Margin / 2;

        foreach (var (panel, where) in plot.Panels.Zip(FigureWriter.Columns(inner, plot.Panels.Count)))
            PanelDrawing.Draw(canvas, where, panel, plot.KlLabel, Look);
    }
}
