using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class EmaAnchorTests
{
    /// <summary>Each update rounds float32 three times by at most 2⁻²⁴, and 1 − μ of that remains in the next: 1.5/μ units at most.</summary>
    private const double Float32Unit = 1.0 / (1 << 24);

    [Theory]
    [InlineData(0.01, 1)]
    [InlineData(0.01, 100)]
    [InlineData(0.3, 7)]
    [InlineData(0.5, 40)]
    public void After_n_steps_towards_constant_weights_the_distance_is_1_minus_mu_to_the_n(double rate, int steps)
    {
        double[] start = [1, -2, 0.5], target = [3, 0, 0.5];
        using var anchor = new EmaAnchor(new TinyPolicy(Sets.One(ScalarType.Float64, start)), rate);
        using var narrow = new EmaAnchor(new TinyPolicy(Sets.One(ScalarType.Float32, start)), rate);
        using var policy = Sets.One(ScalarType.Float64, target);
        for (var n = 0; n < steps; n++)
        {
            anchor.Update(policy);
            narrow.Update(policy);
        }

        var expected = start.Zip(target, (s, t) => t + Math.Pow(1 - rate, steps) * (s - t)).ToArray();
        Tolerance.AssertClose(expected, anchor.Weights.Only(), Tolerance.Float64, 3);
        Tolerance.AssertClose(expected, narrow.Weights.Only(), 1.5 / rate * Float32Unit, 3);
    }

    [Fact]
    public void Rate_1_copies_the_policy_bit_for_bit()
    {
        using var anchor = new EmaAnchor(new TinyPolicy(Sets.One(ScalarType.Float32, 1e8, 1, 0.3)), 1);
        using var policy = Sets.One(ScalarType.Float32, 1e-3, 0.1, -0.0);
        anchor.Update(policy);
        Bits.AssertSame(policy, anchor.Weights);
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void The_average_of_a_narrow_policy_is_float32_and_the_reference_follows_it(ScalarType type)
    {
        var reference = new TinyPolicy(Sets.One(type, 1, 2));
        using var anchor = new EmaAnchor(reference, 0.5);
        using var policy = Sets.One(type, 2, 2);
        anchor.Update(policy);
        anchor.Update(policy);
        Assert.Equal(ScalarType.Float32, anchor.Weights[0].Tensor.dtype);
        Assert.Equal([1.75, 2], anchor.Weights.Only());
        Assert.Equal(type, reference.Weights[0].Tensor.dtype);
        Assert.Equal([1.75, 2], reference.Weights.Only());
    }

    [Fact]
    public void A_float32_average_follows_a_drift_that_a_bfloat16_average_loses()
    {
        // Weights near 1 that drift by 0.5 over 2000 steps: μ times the gap is below half a unit of bfloat16 (2⁻⁸) most of the time.
        const int Count = 64, Steps = 2000;
        const double Rate = EmaAnchor.DefaultRate;
        var start = Sets.Normal(1, Count);
        var drift = Sets.Normal(2, Count, scale: 0.25);
        using var anchor = new EmaAnchor(new TinyPolicy(Sets.One(ScalarType.BFloat16, start)), Rate);
        var begin = anchor.Weights.Only();
        using var naive = Sets.One(ScalarType.BFloat16, start);
        var exact = begin.ToArray();
        for (var t = 1; t <= Steps; t++)
        {
            using var policy = Sets.One(ScalarType.BFloat16, [.. start.Zip(drift, (s, d) => s + d * t / Steps)]);
            anchor.Update(policy);
            WeightMath.MoveTowards(naive[0].Tensor, policy[0].Tensor, Rate);
            exact = Reference.Interpolate(exact, policy.Only(), Rate);
        }

        var truth = Reference.Minus(exact, begin);
        Assert.True(Cosine(truth, Reference.Minus(anchor.Weights.Only(), begin)) > 0.999999, "The float32 average must follow the drift.");
        Assert.True(Cosine(truth, Reference.Minus(naive.Only(), begin)) < 0.9, "The bfloat16 average was expected to lose the drift; is this test still one?");

        static double Cosine(double[] a, double[] b) => Reference.Dot(a, b) / (Reference.Norm(a) * Reference.Norm(b));
    }

    [Fact]
    public void The_policy_is_not_changed()
    {
        using var anchor = new EmaAnchor(new TinyPolicy(Sets.One(ScalarType.Float32, 1)), 0.5);
        using var policy = Sets.One(ScalarType.BFloat16, 2);
        Bits.AssertUnchanged(() => anchor.Update(policy), policy);
        Bits.AssertNothingShared(anchor.Weights, policy);
    }

    [Fact]
    public void Ties_move_once()
    {
        using var reference = new TiedModule();
        using var trained = new TiedModule();
        using var policy = ParameterSet.Of(trained);
        using var anchor = new EmaAnchor(new TinyPolicy(ParameterSet.Of(reference)), 0.5);
        var expected = Reference.Interpolate(anchor.Weights[0].Values(), policy[0].Values(), 0.5);
        anchor.Update(policy);
        Tolerance.AssertFloat32(expected, anchor.Weights["embed.weight"].Values(), Float32Unit);
        Assert.Same(anchor.Weights["embed.weight"], anchor.Weights["head.weight"]);
    }

    [Fact]
    public void Frozen_weights_and_buffers_stay()
    {
        using var reference = new MixedModule(1, 5, 7);
        using var trained = new MixedModule(2, 6, 8);
        using var policy = ParameterSet.Of(trained);
        using var anchor = new EmaAnchor(new TinyPolicy(ParameterSet.Of(reference)), 0.5);
        anchor.Update(policy);
        Assert.Equal([1.5], anchor.Weights["moved"].Values());
        Assert.Equal([5], anchor.Weights["frozen"].Values());
        Assert.Equal([7], anchor.Weights["counter"].Values());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.01)]
    [InlineData(1.01)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_rate_out_of_range_is_refused(double rate)
    {
        using var reference = new TinyPolicy(Sets.One(ScalarType.Float32, 1));
        var failure = Assert.Throws<ArgumentOutOfRangeException>(nameof(rate), () => new EmaAnchor(reference, rate));
        Assert.Equal(rate, failure.ActualValue);
        Assert.Contains("must be in (0, 1]", failure.Message, StringComparison.Ordinal);
        Assert.Contains("use FixedAnchor", failure.Message, StringComparison.Ordinal);
        Assert.False(reference.IsDisposed);
    }

    [Fact]
    public void Another_layout_is_refused_and_nothing_moves()
    {
        using var anchor = new EmaAnchor(new TinyPolicy(Sets.Of(ScalarType.Float32, ("a", [1]), ("b", [1]))), 0.5);
        using var policy = Sets.Of(ScalarType.Float32, ("a", [2]), ("b", [1, 2]));
        Bits.AssertUnchanged(
            () =>
            {
                var failure = Assert.Throws<ParameterMismatchException>(() => anchor.Update(policy));
                Assert.Equal(["'b' is [1] in the anchor but [2] in the policy"], failure.Differences);
            },
            anchor.Weights,
            policy);
    }

    [Fact]
    public void Nulls_are_refused()
    {
        Assert.Throws<ArgumentNullException>("reference", () => new EmaAnchor(null!));
        using var anchor = new EmaAnchor(new TinyPolicy(Sets.One(ScalarType.Float32, 1)));
        Assert.Throws<ArgumentNullException>("policy", () => anchor.Update(null!));
        Assert.Equal(0.01, anchor.Rate);
    }

    [Fact]
    public void Log_probabilities_are_the_references_without_gradient()
    {
        var module = new MixedModule(3, 0, 0);
        var reference = new TinyPolicy(ParameterSet.Of(module));
        using var anchor = new EmaAnchor(reference, 0.5);
        using var result = anchor.LogProbabilities([Rollouts.Of("x", "y", 2)], 0.7);
        Assert.False(result.requires_grad);
        Assert.Equal([1, 2], result.shape);
        Assert.Equal([3, 3], Sets.Values(result));
        Assert.Equal(0.7, reference.LastTemperature);
        module.Dispose();
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Updates_and_disposal_leave_no_tensor(ScalarType type)
    {
        using var policy = Sets.One(type, 1, 2);
        LiveTensors.AssertNoneLeft(() =>
        {
            var reference = new TinyPolicy(policy.Clone());
            using (var anchor = new EmaAnchor(reference, 0.5))
            {
                anchor.Update(policy);
                anchor.Update(policy);
            }

            Assert.True(reference.IsDisposed);
        });
    }
}
