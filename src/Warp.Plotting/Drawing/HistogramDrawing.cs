using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;

namespace Warp.Plotting.Drawing;

/// <summary>Draws histograms beside one another.</summary>
internal static class HistogramDrawing
{
    private static readonly Color Fill = SeriesLook.Hue(0);

    internal static void Draw(SKCanvas canvas, HistogramPlot figure)
    {
        var panels = FigureWriter.Columns(FigureWriter.Begin(canvas, figure.Width, figure.Height, figure.Title), figure.Panels.Count);
        foreach (var (panel, where) in figure.Panels.Zip(panels))
            Draw(canvas, where, panel, figure.CountLabel);
    }

    private static void Draw(SKCanvas canvas, SKRect where, HistogramPanel panel, string countLabel)
    {
        using var plot = new Plot();
        PanelDrawing.StyleAxes(plot, panel.Label, countLabel);
        if (plot.Axes.Left.TickGenerator is NumericAutomatic counted)
            counted.IntegerTicksOnly = true;
        var bins = HistogramBins.Of(panel.Values);
        plot.Add.Bars(bins.Counts.Select((count, i) => new Bar
        {
            Position = bins.Low + (i + 0.5) * bins.Width,
            Value = count,
            Size = bins.Width,
            FillColor = Fill,
            LineColor = Colors.White,
            LineWidth = 1,
        }).Where(bar => bar.Value > 0).ToList());
        var span = bins.Width * bins.Counts.Count;
        plot.Axes.SetLimits(bins.Low - 0.04 * span, bins.Low + 1.04 * span, 0, Math.Max(1, bins.Counts.Max()) * 1.05);
        PanelDrawing.Render(canvas, where, plot);
    }
}
