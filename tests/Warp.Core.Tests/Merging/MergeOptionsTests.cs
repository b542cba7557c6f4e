using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class MergeOptionsTests
{
    [Fact]
    public void Defaults_are_the_papers()
    {
        var options = new MergeOptions();
        Assert.Equal((Granularity.Layer, null, null, null), (options.Granularity, options.Lambda, options.GroupOf, options.OutputType));
        Assert.Empty(options.Problems(5));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(-1e-9)]
    [InlineData(1 + 1e-9)]
    public void Lambda_out_of_range_is_refused_when_the_merger_is_made(double lambda)
    {
        var options = new MergeOptions { Lambda = lambda };
        foreach (var make in (Func<IMerger>[])[() => new SlerpMerger(options), () => new LerpMerger(options)])
        {
            var failure = Assert.ThrowsAny<ArgumentException>(make);
            Assert.Contains($"Lambda is {lambda}; it must be in [0, 1] (null, the default, is 1/M)", failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Lambda_for_other_than_two_policies_is_refused(int count)
    {
        using var weights = Sets.One(ScalarType.Float32, 1);
        var failure = Assert.ThrowsAny<ArgumentException>(
            () => new SlerpMerger(new MergeOptions { Lambda = 0.5 }).Merge(weights, [.. Enumerable.Repeat(weights, count)]));
        Assert.Contains($"Lambda is 0.5, but there are {count} policies; it may be set for exactly 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_reported_together()
    {
        var failure = Assert.ThrowsAny<ArgumentException>(
            () => new SlerpMerger(new MergeOptions { Lambda = 2, Granularity = (Granularity)7, OutputType = ScalarType.Int8 }));
        Assert.Contains("Lambda is 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Granularity is 7; it may be Layer, Tensor or Model", failure.Message, StringComparison.Ordinal);
        Assert.Contains("OutputType is Int8; it may be Float64, Float32, BFloat16, Float16", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rule_for_groups_is_followed()
    {
        using var init = Sets.Of(ScalarType.Float64, ("x", [0]), ("y", [0]));
        using var a = Sets.Of(ScalarType.Float64, ("x", [1]), ("y", [0]));
        using var b = Sets.Of(ScalarType.Float64, ("x", [0]), ("y", [1]));
        using var merged = new SlerpMerger(new MergeOptions { GroupOf = _ => "all" }).Merge(init, [a, b]);
        Assert.Equal("all", Assert.Single(merged.Report.Groups).Name);
        Assert.Equal(Math.Sqrt(0.5), merged.Weights["x"].Values()[0], 1e-15);
    }
}
