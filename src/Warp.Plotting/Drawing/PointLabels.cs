using ScottPlot;
using SkiaSharp;
using Warp.Plotting.Fonts;

namespace Warp.Plotting.Drawing;

/// <summary>Texts beside points.</summary>
internal static class PointLabels
{
    private const float Gap = 10;

    // What is left of a panel's width after its vertical axis, at least.
    private const double DataShare = 0.8;

    internal static void Add(Plot plot, IReadOnlyList<FrontSeriesPoint> points, float markerSize)
    {
        for (var i = 0; i < points.Count; i++)
        {
            if (string.IsNullOrEmpty(points[i].Label))
                continue;
            // To the right, on the side where the line does not go on.
            var falls = i + 1 < points.Count && points[i + 1].Reward < points[i].Reward;
            var text = plot.Add.Text(points[i].Label!, points[i].Kl, points[i].Reward);
            text.LabelFontName = BundledFont.Name;
            text.LabelFontSize = FigureStyle.PointLabelSize;
            text.LabelFontColor = FigureStyle.Axis;
            text.LabelAlignment = falls ? Alignment.LowerLeft : Alignment.UpperLeft;
            (text.OffsetX, text.OffsetY) = (markerSize / 2 + 2, (falls ? -1 : 1) * markerSize / 2);
        }
    }

    /// <summary>The right end that the horizontal axis needs for no label to be cut off.</summary>
    internal static double RoomFor(IReadOnlyList<FrontSeriesPoint> points, CoordinateRange kl, float panelWidth)
    {
        using var typeface = BundledFont.Create(bold: false);
        using var font = new SKFont(typeface, FigureStyle.PointLabelSize);
        var end = kl.Max;
        foreach (var point in points.Where(p => !string.IsNullOrEmpty(p.Label)))
        {
            // end = Kl + share · (end − start), solved for end.
            var share = Math.Min(0.5, (font.MeasureText(point.Label) + 2 * Gap) / (DataShare * panelWidth));
            end = Math.Max(end, (point.Kl - share * kl.Min) / (1 - share));
        }

        return end;
    }
}
