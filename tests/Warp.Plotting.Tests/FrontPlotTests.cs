using System.Globalization;
using System.Xml.Linq;
using SkiaSharp;
using Warp.Plotting;

namespace Warp.Tests;

public sealed class FrontPlotTests
{
    private static readonly FrontPlot TwoPanels = new()
    {
        Title = "A front",
        Panels =
        [
            new("reward", [Sample.Series("WARP", 2) with { Emphasis = FrontSeriesEmphasis.Strong }, Sample.Series("run 1"), Sample.Series("β = 0.2") with { Mark = FrontSeriesMark.Line }]),
            new("gold score", [Sample.Series("WARP"), Sample.Series("SFT") with { Mark = FrontSeriesMark.Markers, Emphasis = FrontSeriesEmphasis.Muted }]),
        ],
    };

    [Fact]
    public void PngHasTheSizeAskedFor()
    {
        using var bitmap = Decode(TwoPanels with { Width = 800, Height = 500, PixelsPerUnit = 2 });

        Assert.Equal((1600, 1000), (bitmap.Width, bitmap.Height));
    }

    [Fact]
    public void SvgIsXmlAndHoldsEveryText()
    {
        using var stream = new MemoryStream();
        TwoPanels.WriteSvg(stream);
        stream.Position = 0;
        XNamespace svg = "http://www.w3.org/2000/svg";

        var texts = XDocument.Load(stream).Descendants(svg + "text").Select(t => t.Value.Trim()).ToList();

        Assert.All(["A front", "WARP", "run 1", "β = 0.2", "SFT", "reward", "gold score"], text => Assert.Single(texts, text));
        Assert.Equal(2, texts.Count(t => t == "KL to SFT (nats per sequence)"));
    }

    [Fact]
    public void SvgHasNoBlackGround()
    {
        using var stream = new MemoryStream();
        TwoPanels.WriteSvg(stream);
        stream.Position = 0;
        XNamespace svg = "http://www.w3.org/2000/svg";

        // A shape without a fill is black in SVG; one that only clips is not drawn.
        var drawn = XDocument.Load(stream).Descendants(svg + "rect").Where(r => r.Parent!.Name != svg + "clipPath");

        Assert.All(drawn, rect => Assert.NotNull(rect.Attribute("fill")));
    }

    [Fact]
    public void EveryPixelIsOpaque()
    {
        using var bitmap = Decode(TwoPanels);

        Assert.All(bitmap.Pixels.Select(p => p.Alpha).Distinct(), alpha => Assert.Equal(255, alpha));
    }

    [Fact]
    public void SameInputGivesTheSameFile()
    {
        Assert.Equal(Png(TwoPanels), Png(TwoPanels));
        Assert.Equal(Svg(TwoPanels), Svg(TwoPanels));
    }

    [Fact]
    public void CultureDoesNotMatter()
    {
        var usual = Svg(TwoPanels);
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
            Assert.Equal(usual, Svg(TwoPanels));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void EveryPanelTitleAndLegendLeavesInk()
    {
        using var bitmap = Decode(TwoPanels with { PixelsPerUnit = 1 });

        Assert.True(HasInk(bitmap, new SKRectI(0, 0, 640, 60)), "title");
        Assert.True(HasInk(bitmap, new SKRectI(0, 80, 640, 640)), "first panel");
        Assert.True(HasInk(bitmap, new SKRectI(700, 80, 1280, 640)), "second panel");
        Assert.True(HasInk(bitmap, new SKRectI(0, 670, 1280, 720)), "legend");
        Assert.False(HasInk(bitmap, new SKRectI(0, 0, 1280, 20)), "the margin stays white");
    }

    [Fact]
    public void OnePointIsEnough() => Assert.NotEmpty(Png(FrontPlot.Of("", new FrontSeries("SFT", [new(0, 0)]))));

    [Fact]
    public void ProblemsAreAllListedByPanelSeriesAndPoint()
    {
        var plot = new FrontPlot
        {
            Width = 10,
            Panels =
            [
                new("reward", [new("WARP", [new(0, 0), new(1, double.NaN)]), new("run 1", []), new("run 1", [new(0, 0, -1)])]),
                new("gold", [new(" ", [new(0, 0)])]),
            ],
        };

        var error = Assert.Throws<ArgumentException>(plot.Validate);

        Assert.Equal(
            [
                "This FrontPlot cannot be drawn:",
                "- Width is 10; it must be from 400 to 8000",
                "- panel 0 (\"reward\"), series \"WARP\", point 1: Reward is NaN; it must be finite",
                "- panel 0 (\"reward\"), series \"run 1\" has no points; leave the series out, or give it some",
                "- panel 0 (\"reward\"), two series are called \"run 1\"; the legend could not tell them apart",
                "- panel 0 (\"reward\"), series \"run 1\", point 0: KlStandardError is -1; it must be finite and at least 0",
                "- panel 1 (\"gold\"), series 0 has no name; the legend needs one",
            ],
            error.Message.Split(Environment.NewLine));
    }

    [Fact]
    public void NoSeriesIsAnError() => Assert.Contains("there are no series", Assert.Throws<ArgumentException>(() => FrontPlot.Of("empty").Validate()).Message, StringComparison.Ordinal);

    [Fact]
    public void FileThatWasThereSurvivesAnError()
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            File.WriteAllText(path, "older");

            Assert.Throws<ArgumentException>(() => FrontPlot.Of("").SavePng(path));
            Assert.Equal("older", File.ReadAllText(path));

            TwoPanels.SavePng(path);
            Assert.Equal(Png(TwoPanels), File.ReadAllBytes(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static bool HasInk(SKBitmap bitmap, SKRectI where)
    {
        for (var y = where.Top; y < where.Bottom; y++)
        {
            for (var x = where.Left; x < where.Right; x++)
            {
                if (bitmap.GetPixel(x, y) != SKColors.White)
                    return true;
            }
        }

        return false;
    }

    private static SKBitmap Decode(FrontPlot plot) => SKBitmap.Decode(Png(plot));

    private static byte[] Png(FrontPlot plot)
    {
        using var stream = new MemoryStream();
        plot.WritePng(stream);
        return stream.ToArray();
    }

    private static byte[] Svg(FrontPlot plot)
    {
        using var stream = new MemoryStream();
        plot.WriteSvg(stream);
        return stream.ToArray();
    }
}
