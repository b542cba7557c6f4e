using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;
using SkiaSharp;
using Warp.Plotting.Fonts;

namespace Warp.Plotting.Drawing;

/// <summary>Draws one pair of axes with its series.</summary>
internal static class PanelDrawing
{
    private const float RightMargin = 0.8f * FigureStyle.Margin;

    internal static void Draw(SKCanvas canvas, SKRect where, FrontPanel panel, string klLabel, Func<FrontSeries, SeriesLook> look)
    {
        using var plot = new Plot();
        StyleAxes(plot, klLabel, panel.RewardLabel);

        // Later plottables lie in front: first what is compared with, last what the picture is about.
        foreach (var series in panel.Series.OrderBy(Depth))
            Add(plot, series, look(series));

        var points = panel.Series.SelectMany(s => s.Points).ToList();
        var kl = AxisRange.Of([.. points.Select(p => (p.Kl, p.KlStandardError))], includeZero: true);
        var reward = AxisRange.Of([.. points.Select(p => (p.Reward, p.RewardStandardError))], includeZero: false);
        plot.Axes.SetLimits(kl.Min, PointLabels.RoomFor(points, kl, where.Width), reward.Min, reward.Max);
        Render(canvas, where, plot);
    }

    /// <summary>Draws a plot at a place of a figure.</summary>
    internal static void Render(SKCanvas canvas, SKRect where, Plot plot)
    {
        // The last tick label may reach beyond the data, into the margin.
        where.Right += RightMargin;
        var area = new PixelRect(where.Left, where.Right, where.Bottom, where.Top);

        // ScottPlot draws a plot twice the first time, once to settle its layout; in an SVG both would stay. So first to nowhere.
        using (var nowhere = new SKPictureRecorder())
            plot.Render(nowhere.BeginRecording(where), area);

        // ScottPlot begins by clearing the canvas: the clip keeps that off the rest of the figure.
        var state = canvas.Save();
        canvas.ClipRect(where);
        plot.Render(canvas, area);
        canvas.RestoreToCount(state);
    }

    // Single points would vanish under the lines that begin in them.
    private static int Depth(FrontSeries series) => series switch
    {
        { Emphasis: FrontSeriesEmphasis.Muted } => 0,
        { Mark: FrontSeriesMark.Markers } => 3,
        { Emphasis: FrontSeriesEmphasis.Strong } => 2,
        _ => 1,
    };

    private static void Add(Plot plot, FrontSeries series, SeriesLook look)
    {
        double[] kls = [.. series.Points.Select(p => p.Kl)];
        double[] rewards = [.. series.Points.Select(p => p.Reward)];
        double[] klErrors = [.. series.Points.Select(p => p.KlStandardError)];
        double[] rewardErrors = [.. series.Points.Select(p => p.RewardStandardError)];

        plot.Add.Plottable(new ScottPlot.Plottables.ErrorBar(kls, rewards, klErrors, klErrors, rewardErrors, rewardErrors)
        {
            Color = look.Color.WithAlpha(0.7),
            LineWidth = 1.25f,
            CapSize = 0,
        });

        var scatter = plot.Add.Scatter(kls, rewards, look.Color);
        scatter.LineWidth = look.LineWidth;
        scatter.MarkerShape = look.Marker;
        scatter.MarkerSize = look.MarkerSize;
        scatter.MarkerLineWidth = 1.75f;
        PointLabels.Add(plot, series.Points, look.MarkerSize);
    }

    /// <summary>Gives a plot the fonts, colours and margins of all figures.</summary>
    internal static void StyleAxes(Plot plot, string bottomLabel, string leftLabel)
    {
        plot.Axes.Title.IsVisible = false;
        plot.HideLegend();
        plot.FigureBackground.Color = Colors.White;
        plot.DataBackground.Color = Colors.White;
        plot.Grid.MajorLineColor = FigureStyle.Grid;
        plot.Grid.MajorLineWidth = 1;
        plot.Axes.Right.FrameLineStyle.Width = 0;
        plot.Axes.Right.TickGenerator = new EmptyTickGenerator();
        (plot.Axes.Right.MinimumSize, plot.Axes.Right.MaximumSize) = (RightMargin, RightMargin);
        // Half of the topmost tick label may reach beyond the data.
        plot.Axes.Top.FrameLineStyle.Width = 0;
        plot.Axes.Top.TickGenerator = new EmptyTickGenerator();
        (plot.Axes.Top.MinimumSize, plot.Axes.Top.MaximumSize) = (FigureStyle.TickLabelSize, FigureStyle.TickLabelSize);
        foreach (var (axis, label) in new (IAxis, string)[] { (plot.Axes.Bottom, bottomLabel), (plot.Axes.Left, leftLabel) })
        {
            axis.Label.Text = label;
            axis.Label.FontName = BundledFont.Name;
            axis.Label.FontSize = FigureStyle.AxisLabelSize;
            axis.Label.Bold = false;
            axis.Label.ForeColor = FigureStyle.Text;
            axis.TickLabelStyle.FontName = BundledFont.Name;
            axis.TickLabelStyle.FontSize = FigureStyle.TickLabelSize;
            axis.TickLabelStyle.ForeColor = FigureStyle.Text;
            axis.FrameLineStyle.Color = FigureStyle.Axis;
            axis.MajorTickStyle.Color = FigureStyle.Axis;
            axis.MinorTickStyle.Length = 0;
            axis.TickGenerator = new NumericAutomatic { LabelFormatter = Number, TickDensity = 0.5 };
        }
    }

    // The same text whatever the culture of the machine, and a minus sign rather than a hyphen.
    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture).Replace('-', '−');
}
