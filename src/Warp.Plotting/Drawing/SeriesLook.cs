using ScottPlot;

namespace Warp.Plotting.Drawing;

/// <summary>Colour, marker and widths of a series.</summary>
internal sealed record SeriesLook(Color Color, MarkerShape Marker, float MarkerSize, float LineWidth)
{
    // Okabe and Ito's palette, which people with the usual kinds of colour blindness can tell apart, without its yellow (too pale for thin
    // lines on white). Shapes differ as well, for print without colour.
    private static readonly string[] Palette = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333"];

    private static readonly MarkerShape[] Shapes =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond,
        MarkerShape.FilledTriangleDown, MarkerShape.OpenCircle, MarkerShape.OpenSquare, MarkerShape.OpenDiamond,
    ];

    /// <summary>A colour of the palette.</summary>
    internal static Color Hue(int index) => Color.FromHex(Palette[index % Palette.Length]);

    /// <summary>The look of the series of that index among the names of a figure.</summary>
    internal static SeriesLook Of(int index, FrontSeries series)
    {
        var hue = Hue(index);
        var marker = series.Mark == FrontSeriesMark.Line ? MarkerShape.None : Shapes[index % Shapes.Length];
        var line = series.Mark == FrontSeriesMark.Markers ? 0f : 1f;
        return series.Emphasis switch
        {
            FrontSeriesEmphasis.Strong => new(hue, marker, 12, 3.5f * line),
            FrontSeriesEmphasis.Muted => new(hue.MixedWith(Colors.White, 0.25), marker, 7, 1.5f * line),
            _ => new(hue, marker, 9, 2.25f * line),
        };
    }
}
