using System.Text;
using SkiaSharp;
using Warp.Plotting.Fonts;

namespace Warp.Plotting.Drawing;

/// <summary>What all figures have in common: the ground, the title, columns of panels, and the file that comes of it.</summary>
internal static class FigureWriter
{
    internal static void WritePng(int width, int height, double pixelsPerUnit, Action<SKCanvas> draw, Stream stream)
    {
        var size = new SKImageInfo((int)Math.Round(width * pixelsPerUnit), (int)Math.Round(height * pixelsPerUnit));
        using var surface = SKSurface.Create(size)
            ?? throw new InvalidOperationException($"A picture of {size.Width} × {size.Height} pixels could not be allocated.");
        surface.Canvas.Scale((float)pixelsPerUnit);
        draw(surface.Canvas);
        // ScottPlot clears to nothing, and the smoothed edge of its white ground does not quite cover that.
        surface.Canvas.DrawColor(SKColors.White, SKBlendMode.DstOver);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, quality: 100);
        png.SaveTo(stream);
    }

    internal static void WriteSvg(int width, int height, Action<SKCanvas> draw, Stream stream)
    {
        using var drawn = new MemoryStream();
        using (var canvas = SKSvgCanvas.Create(new SKRect(0, 0, width, height), drawn))
            draw(canvas);
        var svg = SvgText.Portable(Encoding.UTF8.GetString(drawn.ToArray()), width, height);
        stream.Write(Encoding.UTF8.GetBytes(svg));
    }

    internal static void Save(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        // Drawn before the file is opened: a picture that cannot be drawn leaves an older file as it was.
        using var picture = new MemoryStream();
        write(picture);
        using var file = File.Create(path);
        picture.WriteTo(file);
    }

    /// <summary>Clears the ground and draws the title.</summary>
    /// <returns>What is left for everything else.</returns>
    internal static SKRect Begin(SKCanvas canvas, int width, int height, string title)
    {
        BundledFont.EnsureRegistered();
        canvas.Clear(SKColors.White);
        var inner = new SKRect(FigureStyle.Margin, FigureStyle.Margin, width - FigureStyle.Margin, height - FigureStyle.Margin);
        inner.Top += DrawTitle(canvas, title, inner);
        return inner;
    }

    /// <summary>Columns of one width with a margin between them.</summary>
    internal static IEnumerable<SKRect> Columns(SKRect where, int count)
    {
        var width = (where.Width - (count - 1) * FigureStyle.Margin) / count;
        return Enumerable.Range(0, count)
            .Select(i => where.Left + i * (width + FigureStyle.Margin))
            .Select(left => new SKRect(left, where.Top, left + width, where.Bottom));
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
