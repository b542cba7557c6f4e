using ScottPlot;
using SkiaSharp;
using Warp.Plotting.Fonts;

namespace Warp.Plotting.Drawing;

/// <summary>Draws one legend for all panels, in centred rows beside one another.</summary>
internal sealed class LegendDrawing : IDisposable
{
    private const float SymbolWidth = 34;
    private const float SymbolGap = 8;
    private const float ItemGap = 30;
    private const float RowHeight = 28;

    private readonly SKTypeface _typeface = BundledFont.Create(bold: false);
    private readonly SKFont _font;
    private readonly List<List<(FrontSeries Series, SeriesLook Look, float Width)>> _rows = [];

    internal LegendDrawing(IReadOnlyList<(FrontSeries Series, SeriesLook Look)> items, float width)
    {
        _font = new SKFont(_typeface, FigureStyle.LegendSize);
        var free = 0f;
        foreach (var (series, look) in items)
        {
            var itemWidth = SymbolWidth + SymbolGap + _font.MeasureText(series.Name);
            if (_rows.Count == 0 || itemWidth > free)
            {
                _rows.Add([]);
                free = width;
            }

            _rows[^1].Add((series, look, itemWidth));
            free -= itemWidth + ItemGap;
        }
    }

    internal float Height => _rows.Count * RowHeight;

    internal void Draw(SKCanvas canvas, float centre, float top)
    {
        foreach (var (row, i) in _rows.Select((row, i) => (row, i)))
        {
            var left = centre - (row.Sum(item => item.Width) + (row.Count - 1) * ItemGap) / 2;
            foreach (var (series, look, width) in row)
            {
                DrawItem(canvas, series.Name, look, left, top + (i + 0.5f) * RowHeight);
                left += width + ItemGap;
            }
        }
    }

    public void Dispose()
    {
        _font.Dispose();
        _typeface.Dispose();
    }

    private void DrawItem(SKCanvas canvas, string name, SeriesLook look, float left, float middle)
    {
        using var line = new SKPaint { IsAntialias = true, Style = SKPaintStyle.Stroke, Color = look.Color.ToSKColor(), StrokeWidth = look.LineWidth };
        if (look.LineWidth > 0)
            canvas.DrawLine(left, middle, left + SymbolWidth, middle, line);
        using var paint = Paint.NewDisposablePaint();
        var marker = new MarkerStyle(look.Marker, look.MarkerSize, look.Color) { LineColor = look.Color, LineWidth = 1.75f };
        ScottPlot.Drawing.DrawMarker(canvas, paint, new Pixel(left + SymbolWidth / 2, middle), marker);
        using var text = new SKPaint { IsAntialias = true, Color = FigureStyle.Text.ToSKColor() };
        // Capital letters are about 0.73 of the size high in Inter: this puts their middle on the line's.
        canvas.DrawText(name, left + SymbolWidth + SymbolGap, middle + 0.36f * FigureStyle.LegendSize, SKTextAlign.Left, _font, text);
    }
}
