using System.Numerics;
using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class GramAccumulatorTests
{
    /// <summary>
    /// Bits to which inner products of float32 and float64 weights are exact, relative to the sum of magnitudes. The first 16 products of a lane lose
    /// nothing; a later one that exceeds the sum before it may cost 2⁻⁵³ of itself, and is the exception.
    /// </summary>
    private const int WideBits = 53 + 4;

    /// <summary>Products of 16-bit weights: a few of them have bits below the last place of a block's sum.</summary>
    private const int NarrowBits = 53;

    private static readonly int[] ThreadCounts = [1, 2, 5];

    [Fact]
    public void Inner_products_of_any_tensors() => Gen.Select(RandomWeights.Types, Gen.OneOf(Gen.Int[0, 30], Gen.Int[GramAccumulator.BlockSize - 9, 3 * GramAccumulator.BlockSize]), Gen.Int[1, 4], Gen.ULong[0, 1000]).Sample(
        (type, count, policies, seed) =>
        {
            using var scope = NewDisposeScope();
            var tensors = RandomWeights.Several(type, seed, policies + 1, count);
            var gram = Gram(tensors, threads: null);
            var values = tensors.Select(t => Sets.Values(t).Select(Exact.Of).ToArray()).ToArray();
            var bits = type is ScalarType.Float64 or ScalarType.Float32 ? WideBits : NarrowBits;
            for (var i = 0; i < policies; i++)
            {
                for (var j = 0; j < policies; j++)
                {
                    var products = values[0].Select((origin, k) => Exact.Product(values[i + 1][k] - origin, values[j + 1][k] - origin)).ToArray();
                    var error = products.Aggregate(-Exact.Of(gram[i, j]), (sum, p) => sum + p);
                    var scale = products.Aggregate(BigInteger.One, (sum, p) => sum + BigInteger.Abs(p));
                    Assert.True(BigInteger.Abs(error) << bits <= scale, $"{type}, {count} weights: {gram[i, j]}");
                    Assert.Equal(gram[i, j], gram[j, i]);
                }
            }
        },
        iter: 25,
        threads: 1);

    [Fact]
    public void The_order_of_additions_is_fixed_whatever_the_width_of_vectors() => Gen.Select(RandomWeights.Types, RandomWeights.Counts, Gen.Int[1, 4], Gen.ULong[0, 1000]).Sample(
        (type, count, policies, seed) =>
        {
            using var scope = NewDisposeScope();
            var tensors = RandomWeights.Several(type, seed, policies + 1, count);
            Assert.Equal(InOrder([.. tensors.Select(Sets.Values)], keepsLost: type is ScalarType.Float64 or ScalarType.Float32).Cast<DoubleDouble>(), Gram(tensors, threads: 2).Cast<DoubleDouble>());
        },
        iter: 25,
        threads: 1);

    [Fact]
    public void Threads_and_pieces_change_nothing() => Gen.Select(RandomWeights.Types, RandomWeights.Counts, Gen.Int[1, 4], Gen.ULong[0, 1000], Gen.Int[1, 50].Array[1, 4]).Sample(
        (type, count, policies, seed, pieces) =>
        {
            using var scope = NewDisposeScope();
            var tensors = RandomWeights.Several(type, seed, policies + 1, count);
            var expected = Gram(tensors, threads: 1);
            foreach (var threads in ThreadCounts)
            {
                Assert.Equal(expected.Cast<DoubleDouble>(), Gram(tensors, threads).Cast<DoubleDouble>());
                Assert.Equal(expected.Cast<DoubleDouble>(), InPieces(tensors, pieces, threads).Cast<DoubleDouble>());
            }
        },
        iter: 25,
        threads: 1);

    [Fact]
    public void Hundreds_of_policies_do_not_overflow_the_stack()
    {
        // Policy k is k + 1 everywhere, about zero: inner products are whole numbers, exact in any order.
        const int Policies = 500;
        const int Count = 100;
        using var scope = NewDisposeScope();
        var gram = Gram([zeros(Count), .. Enumerable.Range(1, Policies).Select(k => full(Count, k, dtype: ScalarType.Float32))], threads: 2);
        foreach (var (i, j) in new[] { (0, 0), (16, 17), (250, 499), (499, 499) })
            Assert.Equal(Count * (i + 1.0) * (j + 1), gram[i, j].High);
    }

    [Fact]
    public void Sums_of_blocks_lose_nothing()
    {
        var gram = new GramAccumulator(1);
        gram.Add([1e16]);
        for (var k = 0; k < 1000; k++)
            gram.Add([1.0]);
        gram.Add([-1e16]);
        Assert.Equal(1000, gram.ToMatrix()[0, 0].High);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_not_finite_shows_in_the_result(double value)
    {
        foreach (var type in RandomWeights.AllTypes)
        {
            using var scope = NewDisposeScope();
            foreach (var at in new[] { 0, 5000, 9998 })
            {
                var tensors = RandomWeights.Several(type, 3, 3, 9999);
                tensors[2][at] = tensor(value);
                var gram = Gram(tensors, threads: 2);
                Assert.True(double.IsFinite(gram[0, 0].High));
                Assert.False(double.IsFinite(gram[1, 1].High));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Cancellation(int threads)
    {
        using var scope = NewDisposeScope();
        var tensors = RandomWeights.Several(ScalarType.Float32, 1, 2, 3 * BlockParallel.RangeSize);
        Assert.Throws<OperationCanceledException>(() => Gram(tensors, threads, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Types_without_a_kernel_are_refused() => Assert.Throws<NotSupportedException>(() => new GramAccumulator(1).Add(ScalarType.Int32, 0, [0], 0));

    private static DoubleDouble[,] Gram(Tensor[] tensors, int? threads, CancellationToken cancellationToken = default)
    {
        var gram = new GramAccumulator(tensors.Length - 1);
        var addresses = tensors.Select(TensorMemory.AddressOfFirst).ToArray();
        gram.Add(tensors[0].dtype, addresses[0], addresses[1..], tensors[0].numel(), threads, cancellationToken);
        return gram.ToMatrix();
    }

    private static DoubleDouble[,] InPieces(Tensor[] tensors, int[] blocks, int threads)
    {
        var gram = new GramAccumulator(tensors.Length - 1);
        var addresses = tensors.Select(TensorMemory.AddressOfFirst).ToArray();
        var (count, size) = (tensors[0].numel(), WeightKernels.Size(tensors[0].dtype));
        for (long at = 0, piece = 0; at < count; piece++)
        {
            var length = Math.Min(blocks[piece % blocks.Length] * (long)GramAccumulator.BlockSize, count - at);
            var offset = (nint)(at * size);
            gram.Add(tensors[0].dtype, addresses[0] + offset, [.. addresses[1..].Select(a => a + offset)], length, threads);
            at += length;
        }

        return gram.ToMatrix();
    }

    /// <summary>
    /// The documented order, number by number: eight lanes per block of 4096, beside each what it loses (of wide types; exactly for the
    /// first 16 vectors and the last that is not whole), the lanes by halves, the blocks one after the other.
    /// </summary>
    private static DoubleDouble[,] InOrder(double[][] values, bool keepsLost)
    {
        var policies = values.Length - 1;
        var result = new DoubleDouble[policies, policies];
        for (var i = 0; i < policies; i++)
        {
            for (var j = i; j < policies; j++)
            {
                DoubleDouble sum = 0;
                for (var block = 0; block < values[0].Length; block += 4096)
                {
                    var (lanes, lost) = (new double[8], new double[8]);
                    for (var k = block; k < Math.Min(block + 4096, values[0].Length); k++)
                    {
                        var (a, b) = (values[i + 1][k] - values[0][k], values[j + 1][k] - values[0][k]);
                        var isFused = keepsLost && k >= block + 128 && k / 8 < values[0].Length / 8;
                        var total = isFused ? Math.FusedMultiplyAdd(a, b, lanes[k % 8]) : lanes[k % 8] + (a * b);
                        if (keepsLost)
                            lost[k % 8] += isFused ? Math.FusedMultiplyAdd(a, b, lanes[k % 8] - total) : Loss(a, b, lanes[k % 8], total);
                        lanes[k % 8] = total;
                    }

                    var pairs = Enumerable.Range(0, 4).Select(k => Add(lanes[k], lost[k], lanes[k + 4], lost[k + 4])).ToArray();
                    var even = Add(pairs[0].Sum, pairs[0].Lost, pairs[2].Sum, pairs[2].Lost);
                    var odd = Add(pairs[1].Sum, pairs[1].Lost, pairs[3].Sum, pairs[3].Lost);
                    var all = Add(even.Sum, even.Lost, odd.Sum, odd.Lost);
                    sum += DoubleDouble.Sum(all.Sum, all.Lost);
                }

                result[i, j] = result[j, i] = sum;
            }
        }

        return result;

        static double Loss(double a, double b, double sum, double total)
        {
            // What the sum lost is a double, and so is what the product lost.
            var product = a * b;
            var ofSum = Exact.Of(sum) + Exact.Of(product) - Exact.Of(total);
            return (ofSum.IsZero ? 0 : Exact.Ratio(ofSum, Exact.Of(1))) + Math.FusedMultiplyAdd(a, b, -product);
        }

        static (double Sum, double Lost) Add(double a, double lostOfA, double b, double lostOfB)
        {
            // The sum is off by what the larger one did not take of the smaller one.
            var sum = a + b;
            return (sum, lostOfA + (lostOfB + (Math.Abs(a) >= Math.Abs(b) ? a - sum + b : b - sum + a)));
        }
    }
}
