using System.Text;
using SkiaSharp;
using Warp.Plotting.Fonts;

namespace Warp.Plotting.Drawing;

/// <summary>Lays out title, panels and legend, and writes the result.</summary>
internal static class FigureWriter
{
    internal static void WritePng(FrontPlot plot, Stream stream)
    {
        var size = new SKImageInfo((int)Math.Round(plot.Width * plot.PixelsPerUnit), (int)Math.Round(plot.Height * plot.PixelsPerUnit));
        using var surface = SKSurface.Create(size)
            ?? throw new InvalidOperationException($"A picture of {size.Width} × {size.Height} pixels could not be allocated.");
        surface.Canvas.Scale((float)plot.PixelsPerUnit);
        Draw(surface.Canvas, plot);
        // ScottPlot clears to nothing, and the smoothed edge of its white ground does not quite cover that.
        surface.Canvas.DrawColor(SKColors.White, SKBlendMode.DstOver);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        png.SaveTo(stream);
    }

    internal static void WriteSvg(FrontPlot plot, Stream stream)
    {
        using var drawn = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, plot.Width, plot.Height), drawn))
            Draw(canvas, plot);
        var svg = SvgText.Portable(Encoding.UTF8.GetString(drawn.ToArray()), plot.Width, plot.Height);
        stream.Write(Encoding.UTF8.GetBytes(svg));
    }

    private static void Draw(SKCanvas canvas, FrontPlot plot)
    {
        BundledFont.EnsureRegistered();
        canvas.Clear(SKColors.White);

        // One colour per name, in the order of first appearance over all panels.
        var names = plot.Panels.SelectMany(p => p.Series).Select(s => s.Name).Distinct(StringComparer.Ordinal).ToList();
        SeriesLook Look(FrontSeries series) => SeriesLook.Of(names.IndexOf(series.Name), series);
        var items = plot.Panels.SelectMany(p => p.Series).DistinctBy(s => s.Name, StringComparer.Ordinal).Select(s => (s, Look(s))).ToList();

        var inner = new SKRect(FigureStyle.Margin, FigureStyle.Margin, plot.Width - FigureStyle.Margin, plot.Height - FigureStyle.Margin);
        inner.Top += DrawTitle(canvas, plot.Title, inner);
        using var legend = new LegendDrawing(items, inner.Width);
        inner.Bottom -= legend.Height;
        legend.Draw(canvas, inner.MidX, inner.Bottom);
        inner.Bottom -= FigureStyle.Margin / 2;

        var width = (inner.Width - (plot.Panels.Count - 1) * FigureStyle.Margin) / plot.Panels.Count;
        foreach (var (panel, i) in plot.Panels.Select((panel, i) => (panel, i)))
        {
            var left = inner.Left + i * (width + FigureStyle.Margin);
            PanelDrawing.Draw(canvas, new SKRect(left, inner.Top, left + width, inner.Bottom), panel, plot.KlLabel, Look);
        }
    }

    /// <returns>The height used.</returns>
    private static float DrawTitle(SKCanvas canvas, string title, SKRect where)
    {
        if (title.Length == 0)
            return 0;
        using var typeface = BundledFont.Create(bold: true);
        using var font = new SKFont(typeface, FigureStyle.TitleSize);
        var width = font.MeasureText(title);
        if (width > where.Width)
            font.Size *= where.Width / width;
        using var paint = new SKPaint { IsAntialias = true, Color = FigureStyle.Text.ToSKColor() };
        canvas.DrawText(title, where.Left, where.Top + 0.8f * FigureStyle.TitleSize, SKTextAlign.Left, font, paint);
        return FigureStyle.TitleSize + FigureStyle.Margin;
    }
}
