using System.Xml.Linq;
using SkiaSharp;
using Warp.Plotting;
using Warp.Plotting.Drawing;

namespace Warp.Tests;

public sealed class HistogramPlotTests
{
    private static readonly HistogramPlot Two = new()
    {
        Title = "Angles",
        CountLabel = "groups",
        Panels = [new("angle (°)", [89, 90, 90.5, 91, 95]), new("norm ratio", [])],
    };

    [Fact]
    public void PngHasTheSizeAskedFor()
    {
        using var stream = new MemoryStream();
        (Two with { Width = 800, Height = 400, PixelsPerUnit = 2 }).WritePng(stream);
        using var bitmap = SKBitmap.Decode(stream.ToArray());
        Assert.Equal((1600, 800), (bitmap.Width, bitmap.Height));
    }

    [Fact]
    public void SvgHoldsEveryText()
    {
        using var stream = new MemoryStream();
        Two.WriteSvg(stream);
        stream.Position = 0;
        XNamespace svg = "http://www.w3.org/2000/svg";
        var texts = XDocument.Load(stream).Descendants(svg + "text").Select(t => t.Value.Trim()).ToList();
        Assert.All(["Angles", "angle (°)", "norm ratio"], text => Assert.Single(texts, text));
        Assert.Equal(2, texts.Count(t => t == "groups"));
    }

    [Fact]
    public void EveryValueIsInOneBin()
    {
        var bins = HistogramBins.Of([0, 1, 2, 3, 4, 4.5, 5]);
        Assert.Equal((0, 1), (bins.Low, bins.Width));
        Assert.Equal([1, 1, 1, 1, 3], bins.Counts);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(100, 10)]
    [InlineData(10000, 30)]
    public void MoreValuesGetMoreBins(int values, int bins) => Assert.Equal(bins, HistogramBins.Of([.. Enumerable.Range(0, values).Select(i => (double)i)]).Counts.Count);

    [Fact]
    public void EqualValuesAreOneBarAroundThem()
    {
        var bins = HistogramBins.Of([90, 90, 90]);
        Assert.Equal([0, 0, 3, 0, 0], bins.Counts);
        Assert.Equal(90, bins.Low + 2.5 * bins.Width, 9);
    }

    [Fact]
    public void ProblemsAreAllListed()
    {
        var error = Assert.Throws<ArgumentException>((Two with { Width = 10, Panels = [new("angle", [double.NaN])] }).Validate);
        Assert.Equal(
            ["This HistogramPlot cannot be drawn:", "- Width is 10; it must be from 400 to 8000", "- panel 0 (\"angle\"): a value is NaN; all must be finite"],
            error.Message.Split(Environment.NewLine));
    }
}
