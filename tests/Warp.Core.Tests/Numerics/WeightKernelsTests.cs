using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class WeightKernelsTests
{
    private static readonly int[] ThreadCounts = [1, 2, 5];

    [Fact]
    public void Weighted_sums_are_rounded_once_whatever_the_threads() => Gen.Select(
        RandomWeights.Types, RandomWeights.Types, RandomWeights.Counts, Gen.OneOf(Gen.Double[-2, 2], Gen.OneOf(0.0, 1.0)).Array[1, 5], Gen.ULong[0, 1000]).Sample(
        (input, output, count, factors, seed) =>
        {
            using var scope = NewDisposeScope();
            var tensors = RandomWeights.Several(input, seed, factors.Length, count);
            var before = tensors.Select(Bits.Of).ToArray();
            var values = tensors.Select(Sets.Values).ToArray();
            var expected = Enumerable.Range(0, count).Select(k => Rounding.To(output, Sum(values, factors, k))).ToArray();
            foreach (var threads in ThreadCounts)
                Assert.Equal(expected, Sets.Values(Combine(tensors, factors, output, threads)));
            Assert.Equal(before, tensors.Select(Bits.Of));
        },
        iter: 30,
        threads: 1);

    [Fact]
    public void A_lone_1_copies_every_bit_and_no_weights_give_zeros()
    {
        using var scope = NewDisposeScope();
        foreach (var type in RandomWeights.AllTypes)
        {
            var source = tensor([double.NaN, -0.0, double.NegativeInfinity, 1, 2, 3, 4, 5, 6, double.NaN]).to(type);
            var other = full(10, double.NaN, type);
            Bits.AssertSame(source, Combine([other, source], [0, 1], type, 1));
            Bits.AssertSame(zeros(10, type), Combine([other, source], [0, 0], type, 1));
        }
    }

    [Fact]
    public void Nothing_is_written_beyond_the_end()
    {
        using var scope = NewDisposeScope();
        foreach (var type in RandomWeights.AllTypes)
        {
            for (var count = 0; count < 20; count++)
            {
                var source = ones(20, type);
                var (combined, moved) = (full(20, 7, type), full(20, 7, ScalarType.Float32));
                WeightKernels.Combine(type, [TensorMemory.AddressOfFirst(source)], [0.5], type, TensorMemory.AddressOfFirst(combined), count);
                WeightKernels.MoveTowards(ScalarType.Float32, TensorMemory.AddressOfFirst(moved), type, TensorMemory.AddressOfFirst(source), 1, count);
                Assert.Equal(Enumerable.Range(0, 20).Select(k => k < count ? 0.5 : 7), Sets.Values(combined));
                Assert.Equal(Enumerable.Range(0, 20).Select(k => k < count ? 1.0 : 7), Sets.Values(moved));
            }
        }
    }

    [Fact]
    public void The_output_may_be_an_input()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (RandomWeights.Make(ScalarType.BFloat16, 1, 9999), RandomWeights.Make(ScalarType.BFloat16, 2, 9999));
        var expected = Combine([a, b], [0.25, 0.5], ScalarType.BFloat16, 2);
        var address = TensorMemory.AddressOfFirst(a);
        WeightKernels.Combine(ScalarType.BFloat16, [address, TensorMemory.AddressOfFirst(b)], [0.25, 0.5], ScalarType.BFloat16, address, 9999);
        Bits.AssertSame(expected, a);
    }

    [Fact]
    public void Addresses_need_no_alignment()
    {
        using var scope = NewDisposeScope();
        var tensors = RandomWeights.Several(ScalarType.Float32, 4, 2, 1001);
        var shifted = tensors.Select(t => t.narrow(0, 1, 1000)).ToArray();
        var values = shifted.Select(Sets.Values).ToArray();
        double[] factors = [0.3, 0.7];
        Assert.Equal(Enumerable.Range(0, 1000).Select(k => (double)(float)Sum(values, factors, k)), Sets.Values(Combine(shifted, factors, ScalarType.Float32, 1)));
    }

    [Fact]
    public void Averages_are_rounded_once_whatever_the_threads() => Gen.Select(
        Gen.OneOf(ScalarType.Float32, ScalarType.Float64), RandomWeights.Types, RandomWeights.Counts, Gen.OneOf(Gen.Double[0, 1], Gen.OneOf(0.01, 1.0)), Gen.ULong[0, 1000]).Sample(
        (type, source, count, mu, seed) =>
        {
            using var scope = NewDisposeScope();
            var (start, weights) = (RandomWeights.Make(type, seed, count), RandomWeights.Make(source, seed + 5000, count));
            var (average, towards) = (Sets.Values(start), Sets.Values(weights));
            var expected = average.Zip(towards, (a, w) => Rounding.To(type, mu == 1 ? w : a + (w - a) * mu)).ToArray();
            foreach (var threads in ThreadCounts)
            {
                var shadow = start.clone();
                WeightKernels.MoveTowards(type, TensorMemory.AddressOfFirst(shadow), source, TensorMemory.AddressOfFirst(weights), mu, count, threads);
                Assert.Equal(expected, Sets.Values(shadow));
            }
        },
        iter: 25,
        threads: 1);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Cancellation(int threads)
    {
        using var scope = NewDisposeScope();
        var a = RandomWeights.Make(ScalarType.Float32, 1, 3 * BlockParallel.RangeSize);
        var address = TensorMemory.AddressOfFirst(a);
        var cancelled = new CancellationToken(canceled: true);
        Assert.Throws<OperationCanceledException>(() => WeightKernels.Combine(a.dtype, [address], [0.5], a.dtype, address, a.numel(), threads, cancelled));
        Assert.Throws<OperationCanceledException>(() => WeightKernels.MoveTowards(a.dtype, address, a.dtype, address, 0.5, a.numel(), threads, cancelled));
        Bits.AssertSame(RandomWeights.Make(ScalarType.Float32, 1, 3 * BlockParallel.RangeSize), a);
    }

    [Fact]
    public void Types_without_a_kernel_are_refused()
    {
        Assert.Throws<NotSupportedException>(() => WeightKernels.Combine(ScalarType.Int64, [0], [1], ScalarType.Float32, 0, 0));
        Assert.Throws<NotSupportedException>(() => WeightKernels.Combine(ScalarType.Float32, [0], [1], ScalarType.Int64, 0, 0));
        Assert.Throws<NotSupportedException>(() => WeightKernels.MoveTowards(ScalarType.BFloat16, 0, ScalarType.Float32, 0, 1, 0));
        Assert.Throws<NotSupportedException>(() => WeightKernels.MoveTowards(ScalarType.Float32, 0, ScalarType.Bool, 0, 1, 0));
    }

    private static double Sum(double[][] values, double[] factors, int at)
    {
        double? sum = null;
        for (var k = 0; k < factors.Length; k++)
        {
            if (factors[k] != 0)
                sum = sum is { } soFar ? soFar + values[k][at] * factors[k] : values[k][at] * factors[k];
        }

        return sum ?? 0;
    }

    private static Tensor Combine(Tensor[] tensors, double[] factors, ScalarType output, int threads)
    {
        var result = empty(tensors[0].shape, output);
        var count = tensors[0].numel();
        WeightKernels.Combine(
            tensors[0].dtype, [.. tensors.Select(TensorMemory.AddressOfFirst)], factors, output, TensorMemory.AddressOfFirst(result), count, threads);
        return result;
    }
}
