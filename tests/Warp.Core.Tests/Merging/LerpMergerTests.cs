using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class LerpMergerTests
{
    [Fact]
    public void Two_policies_are_mixed_and_the_start_has_no_say() => Gen.Select(Gen.Double[-2, 2].Array[5], Gen.Double[-2, 2].Array[5], Gen.Double[0, 1]).Sample(
        (a, b, lambda) =>
        {
            using var init = Sets.One(ScalarType.Float64, 100, -100, 0, 3, 5);
            using var first = Sets.One(ScalarType.Float64, a);
            using var second = Sets.One(ScalarType.Float64, b);
            using var merged = new LerpMerger(new MergeOptions { Lambda = lambda }).Merge(init, [first, second]);
            Tolerance.AssertClose(Reference.Interpolate(a, b, lambda), merged.Weights.Only(), Tolerance.Float64, 100);
        },
        iter: 100,
        threads: 1);

    [Theory]
    [InlineData(0, 0.5)]
    [InlineData(60, 0.25)]
    [InlineData(90, 0.5)]
    [InlineData(120, 0.75)]
    [InlineData(180, 0.5)]
    public void Lemma_2_the_norm_shrinks_with_the_angle(double degrees, double lambda)
    {
        const double Length = 3;
        var angle = degrees * Math.PI / 180;
        using var init = Sets.One(ScalarType.Float64, 0, 0);
        using var first = Sets.One(ScalarType.Float64, Length, 0);
        using var second = Sets.One(ScalarType.Float64, Length * Math.Cos(angle), Length * Math.Sin(angle));
        using var merged = new LerpMerger(new MergeOptions { Lambda = lambda }).Merge(init, [first, second]);
        var expected = Length * Math.Sqrt(Math.Max(0, 1 - 2 * (1 - Math.Cos(angle)) * (lambda - lambda * lambda)));
        // A norm near 0 is the root of a rounded difference of squares: √2⁻⁵² ≈ 1.5e-8 of the length.
        Assert.Equal(expected, merged.Report.Groups[0].MergedNorm, degrees == 180 ? 2e-8 * Length : 1e-14);
        Assert.Equal(expected, Reference.Norm(merged.Weights.Only()), 1e-14);
    }

    [Fact]
    public void At_90_degrees_half_way_the_norm_is_0_7071_of_the_length()
    {
        using var init = Sets.One(ScalarType.Float64, 0, 0);
        using var first = Sets.One(ScalarType.Float64, 1, 0);
        using var second = Sets.One(ScalarType.Float64, 0, 1);
        using var merged = new LerpMerger().Merge(init, [first, second]);
        Assert.Equal(0.70710678, merged.Report.Groups[0].MergedNorm, 1e-8);
        Assert.Equal("lerp", merged.Report.Method);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Several_policies_give_the_mean(int count)
    {
        using var init = Sets.One(ScalarType.Float64, Sets.Normal(1, 20));
        var values = Enumerable.Range(0, count).Select(m => Sets.Normal((ulong)m + 2, 20)).ToArray();
        var policies = values.Select(v => Sets.One(ScalarType.Float64, v)).ToArray();
        using var merged = new LerpMerger().Merge(init, policies);
        Tolerance.AssertClose(Reference.Mean(values), merged.Weights.Only(), Tolerance.Float64, Tolerance.Scale(values));
        Assert.All(merged.Report.Groups[0].Coefficients, c => Assert.Equal(1.0 / count, c, 1e-15));
        Array.ForEach(policies, p => p.Dispose());
    }
}
