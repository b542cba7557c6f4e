using Warp.Plotting;

namespace Warp.Tests;

public sealed class FrontSeriesTests
{
    private static readonly KlRewardFront Front = new([new(0, Sample.Evaluation(0, 1, 2)), new(0.5, Sample.Evaluation(3, 4, 5))]);

    [Fact]
    public void TakesKlAndRewardOfAFront() =>
        Assert.Equal([new(0, 1, 0.25, 0.5), new(3, 4, 0.25, 0.5)], FrontSeries.From("WARP", Front).Points);

    [Fact]
    public void TakesAnotherRewardByName() =>
        Assert.Equal([new(0, 2, 0.25, 0.125), new(3, 5, 0.25, 0.125)], FrontSeries.From("WARP", Front, "gold").Points);

    [Fact]
    public void LabelsEta() => Assert.Equal<string?>(["η = 0", "η = 0.5"], [.. FrontSeries.From("WARP", Front, labelEta: true).Points.Select(p => p.Label)]);

    [Fact]
    public void UnknownRewardIsNamedWithThoseThereAre()
    {
        var error = Assert.Throws<ArgumentException>(() => FrontSeries.From("WARP", Front, "silver"));

        Assert.StartsWith("The evaluation has no other reward called 'silver'; it has gold.", error.Message, StringComparison.Ordinal);
    }
}
