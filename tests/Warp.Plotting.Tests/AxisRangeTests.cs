using Warp.Plotting.Drawing;

namespace Warp.Tests;

public sealed class AxisRangeTests
{
    [Fact]
    public void SpansValuesWithErrorsAndPadding()
    {
        // From −1 − 1 to 6 + 2, so 10 wide: half a unit on each side.
        var range = AxisRange.Of([(-1, 1), (6, 2)], includeZero: false);

        Assert.Equal((-2.5, 8.5), (range.Min, range.Max));
    }

    [Fact]
    public void ReachesForANearbyZeroOnly()
    {
        Assert.Equal(-0.5, AxisRange.Of([(2, 0), (10, 0)], includeZero: true).Min);
        Assert.Equal(7.9, AxisRange.Of([(8, 0), (10, 0)], includeZero: true).Min);
    }

    [Fact]
    public void OneValueStillHasARange() => Assert.True(AxisRange.Of([(3, 0), (3, 0)], includeZero: true).Span > 0);
}
