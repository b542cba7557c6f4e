using SkiaSharp;
using Warp.Plotting.Fonts;

namespace Warp.Tests;

public sealed class BundledFontTests
{
    [Theory]
    [InlineData(false, (int)SKFontStyleWeight.Normal)]
    [InlineData(true, (int)SKFontStyleWeight.SemiBold)]
    public void HasTheGlyphsThatPicturesNeed(bool bold, int weight)
    {
        using var typeface = BundledFont.Create(bold);

        Assert.StartsWith("Inter", typeface.FamilyName, StringComparison.Ordinal);
        Assert.Equal(weight, typeface.FontWeight);
        Assert.True(typeface.ContainsGlyphs("Az09 −±×≤→°αβδηθλμπΩ½"));
    }

    [Fact]
    public void ScottPlotFindsItByName()
    {
        BundledFont.EnsureRegistered();
        using var typeface = ScottPlot.Fonts.GetTypeface(BundledFont.Name, bold: false, italic: false);

        Assert.Equal("Inter", typeface.FamilyName);
    }

    [Fact]
    public void MissingFileIsNamed() =>
        Assert.Contains("Comic.ttf", Assert.Throws<InvalidOperationException>(() => InterResources.Read("Comic.ttf")).Message, StringComparison.Ordinal);
}
