using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class LitiInterpolatorTests
{
    private static readonly LitiInterpolator Extrapolating = new() { AllowExtrapolation = true };

    [Fact]
    public void A_share_of_each_in_float64() => Gen.Select(Gen.Double[-3, 3].Array[5], Gen.Double[-3, 3].Array[5], Gen.Double[0, 2]).Sample(
        (start, target, eta) =>
        {
            using var from = Sets.One(ScalarType.Float64, start);
            using var to = Sets.One(ScalarType.Float64, target);
            using var result = Extrapolating.Interpolate(from, to, eta);
            Tolerance.AssertClose(Reference.Interpolate(start, target, eta), result.Only(), Tolerance.Float64, 6);
        },
        iter: 100,
        threads: 1);

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Eta_0_gives_the_start_and_1_the_target_bit_for_bit(ScalarType type)
    {
        using var start = Sets.One(type, -0.0, 1, 1e-7, 3);
        using var target = Sets.One(type, 1, -0.0, 6e4, 1e-7);
        using var at0 = new LitiInterpolator().Interpolate(start, target, 0);
        using var at1 = new LitiInterpolator().Interpolate(start, target, 1);
        Bits.AssertSame(start, at0);
        Bits.AssertSame(target, at1);
        Bits.AssertNothingShared(at0, start, target);
        Bits.AssertNothingShared(at1, start, target);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 23, -126)]
    [InlineData(ScalarType.BFloat16, 7, -126)]
    [InlineData(ScalarType.Float16, 10, -14)]
    public void The_result_has_the_starts_type_and_is_rounded_once(ScalarType type, int mantissaBits, int smallestExponent)
    {
        using var start = Sets.One(type, Sets.Normal(1, 40));
        using var target = Sets.One(type, Sets.Normal(2, 40));
        using var result = new LitiInterpolator().Interpolate(start, target, 0.3);
        Assert.Equal(type, result[0].Tensor.dtype);
        var expected = Reference.Interpolate(start.Only(), target.Only(), 0.3);
        foreach (var (e, actual) in expected.Zip(result.Only()))
        {
            var halfUnit = Math.ScaleB(0.5, Math.Max(smallestExponent, Math.ILogB(e)) - mantissaBits);
            Assert.True(Math.Abs(e - actual) <= halfUnit * (1 + 1e-6), $"{e:R} became {actual:R}.");
        }
    }

    [Fact]
    public void Extrapolation_goes_beyond_the_target_when_allowed()
    {
        using var start = Sets.One(ScalarType.Float32, 1, 2);
        using var target = Sets.One(ScalarType.Float32, 2, 0);
        using var result = Extrapolating.Interpolate(start, target, 2);
        Assert.Equal([3, -2], result.Only());
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    public void Eta_out_of_range_is_refused(double eta)
    {
        using var weights = Sets.One(ScalarType.Float32, 1);
        var interpolator = new LitiInterpolator();
        var failure = Assert.Throws<ArgumentOutOfRangeException>(nameof(eta), () => interpolator.Interpolate(weights, weights, eta));
        Assert.Equal(eta, failure.ActualValue);
        Assert.Contains("η must be in [0, 1]; set AllowExtrapolation", failure.Message, StringComparison.Ordinal);
        // The sweep checks all of them before the first is computed, and before anyone enumerates.
        Assert.Throws<ArgumentOutOfRangeException>(nameof(eta), () => interpolator.Sweep(weights, weights, [0, eta]));
        if (eta == 1.1)
            return;
        failure = Assert.Throws<ArgumentOutOfRangeException>(nameof(eta), () => Extrapolating.Interpolate(weights, weights, eta));
        Assert.Contains("η must be a finite number of at least 0", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_gives_each_eta_in_order()
    {
        using var start = Sets.One(ScalarType.Float64, 0);
        using var target = Sets.One(ScalarType.Float64, 8);
        var seen = new List<(double, double)>();
        foreach (var (eta, weights) in new LitiInterpolator().Sweep(start, target, [1, 0, 0.25]))
        {
            using (weights)
                seen.Add((eta, weights.Only()[0]));
        }

        Assert.Equal([(1, 8), (0, 0), (0.25, 2)], seen);
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float64)] // the type of the arithmetic itself: a conversion to it is no copy
    public void Inputs_are_not_changed_and_no_tensor_is_left(ScalarType type)
    {
        using var start = Sets.Of(type, ("a", [1, 2]), ("b", [3]));
        using var target = Sets.Of(type, ("a", [5, 6]), ("b", [7]));
        Bits.AssertUnchanged(
            () => LiveTensors.AssertNoneLeft(() =>
            {
                using var result = new LitiInterpolator().Interpolate(start, target, 0.3);
                Bits.AssertNothingShared(result, start, target);
            }),
            start,
            target);
    }

    [Fact]
    public void Ties_are_tied_again_and_buffers_carried_over()
    {
        using var tied = new TiedModule();
        using var ends = ParameterSet.Of(tied);
        using var result = new LitiInterpolator().Interpolate(ends, ends, 0.3);
        Assert.Equal(["head.weight"], Assert.Single(result).Aliases);

        using var first = new MixedModule(1, 5, 7);
        using var second = new MixedModule(2, 5, 7);
        using var start = ParameterSet.Of(first);
        using var target = ParameterSet.Of(second);
        using var mixed = new LitiInterpolator().Interpolate(start, target, 0.5);
        Assert.Equal([1.5], mixed["moved"].Values());
        Bits.AssertSame(start["counter"].Tensor, mixed["counter"].Tensor);
        Bits.AssertSame(start["frozen"].Tensor, mixed["frozen"].Tensor);
    }

    [Fact]
    public void Differences_are_listed()
    {
        using var start = Sets.Of(ScalarType.Float32, ("a", [1, 2]), ("b", [3]));
        using var target = Sets.Of(ScalarType.Float64, ("a", [1]));
        LiveTensors.AssertNoneLeft(() =>
        {
            var failure = Assert.Throws<ParameterMismatchException>(() => new LitiInterpolator().Interpolate(start, target, 0.3));
            Assert.Equal(
                [
                    "'a' is [2] in the start but [1] in the target",
                    "'a' is Float32 in the start but Float64 in the target",
                    "'b' is in the start but not in the target",
                ],
                failure.Differences);
        });

        using var first = new MixedModule(1, 5, 7);
        using var second = new MixedModule(2, 5, 8);
        using var from = ParameterSet.Of(first);
        using var to = ParameterSet.Of(second);
        Assert.Contains("'counter'", Assert.Single(Assert.Throws<ParameterMismatchException>(() => new LitiInterpolator().Interpolate(from, to, 0.3)).Differences), StringComparison.Ordinal);
    }

    [Fact]
    public void Cancellation_leaves_nothing()
    {
        using var weights = Sets.One(ScalarType.Float32, 1);
        LiveTensors.AssertNoneLeft(() => Assert.ThrowsAny<OperationCanceledException>(
            () => new LitiInterpolator().Interpolate(weights, weights, 0.3, new CancellationToken(canceled: true))));
    }

    [Fact]
    public void Nulls_are_refused()
    {
        using var weights = Sets.One(ScalarType.Float32, 1);
        var interpolator = new LitiInterpolator();
        Assert.Throws<ArgumentNullException>("start", () => interpolator.Interpolate(null!, weights, 0));
        Assert.Throws<ArgumentNullException>("target", () => interpolator.Interpolate(weights, null!, 0));
        Assert.Throws<ArgumentNullException>("start", () => interpolator.Sweep(null!, weights, []));
        Assert.Throws<ArgumentNullException>("target", () => interpolator.Sweep(weights, null!, []));
        Assert.Throws<ArgumentNullException>("etas", () => interpolator.Sweep(weights, weights, null!));
    }
}
