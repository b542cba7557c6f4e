using CsCheck;

namespace Warp.Tests;

public sealed class EstimateTests
{
    [Fact]
    public void Known_samples()
    {
        // Mean 5, sum of squared deviations 32, so variance 32/7 and standard error √(32/7/8) = √(4/7).
        var estimate = Estimate.Of([2, 4, 4, 4, 5, 5, 7, 9]);
        Assert.Equal(5, estimate.Mean, 1e-15);
        Assert.Equal(Math.Sqrt(4.0 / 7), estimate.StandardError, 1e-15);
        Assert.Equal(8, estimate.Count);
        Assert.Equal("5 ± 0.756", estimate.ToString());
        Assert.Equal("0 ± 0", new Estimate(-1e-9, 1e-9, 8).ToString());
    }

    [Fact]
    public void The_error_of_one_sample_is_unknown() => Assert.Equal(new Estimate(3, double.NaN, 1), Estimate.Of([3]));

    [Fact]
    public void None_is_not_a_number()
    {
        var none = Estimate.Of([]);
        Assert.True(double.IsNaN(none.Mean) && double.IsNaN(none.StandardError));
        Assert.Equal(0, none.Count);
    }

    [Fact]
    public void NaN_is_not_hidden() => Assert.True(double.IsNaN(Estimate.Of([1, double.NaN]).Mean));

    [Fact]
    public void Null_is_refused() => Assert.Throws<ArgumentNullException>("samples", () => Estimate.Of(null!));

    [Fact]
    public void Shifting_and_scaling_samples_shifts_and_scales_the_estimate() => Gen.Select(Gen.Double[-1, 1].Array[2, 30], Gen.Double[-3, 3], Gen.Double[-100, 100]).Sample(
        (samples, scale, shift) =>
        {
            var plain = Estimate.Of(samples);
            var moved = Estimate.Of([.. samples.Select(s => shift + scale * s)]);
            // Shifted by up to 100, so rounded at 100 · 2⁻⁵³ per sample.
            Assert.Equal(shift + scale * plain.Mean, moved.Mean, 1e-12);
            Assert.Equal(Math.Abs(scale) * plain.StandardError, moved.StandardError, 1e-10);
        });
}
