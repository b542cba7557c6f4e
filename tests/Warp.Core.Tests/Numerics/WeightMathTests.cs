using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class WeightMathTests
{
    private static readonly double[] Ten = [.. Enumerable.Range(1, 10).Select(i => (double)i)];

    [Fact]
    public void A_weight_of_1_alone_is_a_copy_bit_for_bit()
    {
        using var scope = NewDisposeScope();
        var source = tensor([-0f, float.NaN, float.PositiveInfinity, 1e-45f]);
        var copy = WeightMath.Combine([(0, zeros(4)), (1, source), (0, full(4, float.NaN))], ScalarType.Float32, CPU);
        Bits.AssertSame(source, copy);
        Assert.NotEqual(Bits.Address(source), Bits.Address(copy));
    }

    [Fact]
    public void No_weights_give_zeros()
    {
        using var scope = NewDisposeScope();
        Assert.Equal([0, 0], Sets.Values(WeightMath.Combine([(0, tensor([1f, 2f]))], ScalarType.Float32, CPU)));
    }

    [Fact]
    public void Sums_cancel_in_float64()
    {
        // (1 + 2⁻²³) − 1: exact in float64; and 1e8 + 1 − 1e8, which float32 arithmetic makes 0.
        using var scope = NewDisposeScope();
        var sum = WeightMath.Combine([(1, tensor([1 + (1f / (1 << 23)), 1e8f])), (-1, tensor([1f, 1e8f])), (1, tensor([0f, 1f]))], ScalarType.Float32, CPU);
        Assert.Equal([1.0 / (1 << 23), 1], Sets.Values(sum));
    }

    [Fact]
    public void A_sum_is_rounded_once()
    {
        // ½ + ½·(1 + 2⁻⁷ + 2⁻⁸) lies above the middle of two bfloat16; rounding the terms first would lose that.
        using var scope = NewDisposeScope();
        const double Term = 1 + 1.0 / 128 + 1.0 / 256;
        var sum = WeightMath.Combine([(0.5, tensor(1.0)), (0.5, tensor(Term))], ScalarType.BFloat16, CPU);
        Assert.Equal(1 + 1.0 / 128, Sets.Values(sum)[0]); // 1.00586 is nearer to 1.0078 than to 1
    }

    [Fact]
    public void More_than_one_chunk()
    {
        using var scope = NewDisposeScope();
        var a = arange(1_100_000, ScalarType.Float64);
        var sum = WeightMath.Combine([(2, a), (-1, a)], ScalarType.Float64, CPU);
        Assert.True(sum.Equals(a));
        var gram = new GramAccumulator(1);
        WeightMath.AddGram(zeros_like(a), [a], gram);
        const double N = 1_100_000 - 1;
        Assert.Equal(N * (N + 1) * (2 * N + 1) / 6, gram.ToMatrix()[0, 0].High, 1e-15 * gram.ToMatrix()[0, 0].High); // Σ k²
    }

    [Fact]
    public void Inner_products_are_those_of_task_vectors_and_are_added()
    {
        using var scope = NewDisposeScope();
        var gram = new GramAccumulator(2);
        WeightMath.AddGram(tensor([1.0, 1.0]), [tensor([2.0, 3.0]), tensor([0.0, 2.0])], gram); // δ = (1, 2) and (−1, 1)
        Assert.Equal([5, 1, 1, 2], gram.ToMatrix().Cast<DoubleDouble>());
        WeightMath.AddGram(tensor([0.0]), [tensor([10.0]), tensor([1.0])], gram);
        Assert.Equal([105, 11, 11, 3], gram.ToMatrix().Cast<DoubleDouble>());
    }

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Inner_products_of_narrow_types_are_in_float64(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var init = ones(30_000, type);
        var gram = new GramAccumulator(1);
        WeightMath.AddGram(init, [init.mul(1.5)], gram);
        Assert.Equal(30_000 / 4.0, gram.ToMatrix()[0, 0].High);
    }

    [Fact]
    public void Equality()
    {
        using var scope = NewDisposeScope();
        Assert.True(WeightMath.AreEqual(tensor([1f, float.NaN, -0f]), tensor([1f, float.NaN, 0f])));
        Assert.False(WeightMath.AreEqual(tensor([1f, float.NaN]), tensor([1f, 1f])));
        Assert.True(WeightMath.AreEqual(tensor([1L, 2L]), tensor([1L, 2L])));
        Assert.False(WeightMath.AreEqual(tensor([1L, 2L]), tensor([1L, 3L])));
        Assert.False(WeightMath.AreEqual(tensor([true, false]), tensor([true, true])));
        Assert.True(WeightMath.AreEqual(zeros(0), zeros(0)));
    }

    [Theory]
    [InlineData(float.NaN, false)]
    [InlineData(float.PositiveInfinity, false)]
    [InlineData(float.MaxValue, true)]
    public void Finiteness(float value, bool expected)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected, WeightMath.IsFinite(tensor([1f, value])));
    }

    [Fact]
    public void A_copy_has_no_history_and_no_gradient()
    {
        using var scope = NewDisposeScope();
        var source = tensor([1f], requires_grad: true);
        var copy = WeightMath.DetachedCopy(source.mul(2));
        Assert.False(copy.requires_grad);
        Assert.True(copy.is_leaf);
        Assert.Equal(ScalarType.Float64, WeightMath.DetachedCopy(source, ScalarType.Float64).dtype);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    public void A_step_towards_weights(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var shadow = tensor(Ten).to(type);
        WeightMath.MoveTowards(shadow, zeros(10, ScalarType.BFloat16), 0.25);
        Assert.Equal(Ten.Select(x => 0.75 * x), Sets.Values(shadow));
    }

    [Fact]
    public void A_whole_step_is_a_copy()
    {
        // shadow + (θ − shadow) would lose 1e-3 beside 1e8.
        using var scope = NewDisposeScope();
        var shadow = tensor([1e8f, 1f]);
        WeightMath.MoveTowards(shadow, tensor([1e-3f, 0.1f]), 1);
        Bits.AssertSame(tensor([1e-3f, 0.1f]), shadow);
    }

    [Fact]
    public void No_tensor_is_left()
    {
        using var scope = NewDisposeScope();
        var a = tensor(Ten);
        LiveTensors.AssertNoneLeft(() => WeightMath.Combine([(0.5, a), (0.25, a)], ScalarType.Float32, CPU).Dispose());
        LiveTensors.AssertNoneLeft(() => WeightMath.Combine([(1, a)], ScalarType.Float32, CPU).Dispose());
        LiveTensors.AssertNoneLeft(() => WeightMath.AddGram(a, [a, a], new GramAccumulator(2)));
        LiveTensors.AssertNoneLeft(() => WeightMath.MoveTowards(a, a, 0.5));
        LiveTensors.AssertNoneLeft(() => WeightMath.MoveTowards(a, a, 1));
        LiveTensors.AssertNoneLeft(() => WeightMath.AreEqual(a, a));
        LiveTensors.AssertNoneLeft(() => WeightMath.IsFinite(a));
    }

    [Fact]
    public void A_shadow_stays_in_the_scope_of_its_owner()
    {
        var before = LiveTensors.Count;
        using (NewDisposeScope())
            WeightMath.MoveTowards(tensor([1f]), tensor([2f]), 0.5);
        Assert.Equal(before, LiveTensors.Count);
    }
}
