using Warp.Quickstart;

namespace Warp.Tests;

public sealed class PreferencesTests
{
    private static readonly IReadOnlyList<IReadOnlyList<int>> Reviews = [.. Enumerable.Range(0, 2000).Select(i => (IReadOnlyList<int>)[i])];

    [Fact]
    public void WithoutFlipsGoldDecides() =>
        Assert.All(Preferences.Label(Reviews, ids => -ids[0], 0, new RandomStream(1)), pair => Assert.True(pair.Preferred[0] < pair.Other[0]));

    [Fact]
    public void TheShareAskedForIsFlipped()
    {
        var flipped = Preferences.Label(Reviews, ids => ids[0], 0.15, new RandomStream(2)).Count(pair => pair.Preferred[0] < pair.Other[0]);

        // Binomial with n = 1000, p = 0.15: 150 ± 11.3; four standard deviations.
        Assert.InRange(flipped, 150 - 45, 150 + 45);
    }

    [Fact]
    public void TiesFallToBothSides()
    {
        var firstPreferred = Preferences.Label(Reviews, _ => 0, 0.15, new RandomStream(3)).Count(pair => pair.Preferred[0] % 2 == 0);

        // Binomial with n = 1000, p = ½: 500 ± 15.8; four standard deviations.
        Assert.InRange(firstPreferred, 500 - 63, 500 + 63);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(0.6)]
    [InlineData(double.NaN)]
    public void ShareOutOfRangeIsAnError(double share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Preferences.Label(Reviews, _ => 0, share, new RandomStream(4)));
}
