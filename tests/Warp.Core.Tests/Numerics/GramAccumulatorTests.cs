using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class GramAccumulatorTests
{
    /// <summary>Relative to the sum of magnitudes: 512 + 8 additions per block, and sums of blocks that lose nothing: 2⁻⁵³ · 520 ≈ 6e-14.</summary>
    private const double SumError = 6e-14;

    private static readonly int[] ThreadCounts = [1, 2, 5];

    [Fact]
    public void Inner_products_of_any_tensors() => Gen.Select(RandomWeights.Types, RandomWeights.Counts, Gen.Int[1, 6], Gen.ULong[0, 1000]).Sample(
        (type, count, policies, seed) =>
        {
            using var scope = NewDisposeScope();
            var tensors = RandomWeights.Several(type, seed, policies + 1, count);
            var gram = Gram(tensors, threads: null);
            var values = tensors.Select(Sets.Values).ToArray();
            for (var i = 0; i < policies; i++)
            {
                for (var j = 0; j < policies; j++)
                {
                    var products = values[0].Select((origin, k) => (values[i + 1][k] - origin) * (values[j + 1][k] - origin)).ToArray();
                    Assert.Equal(products.Sum(), gram[i, j], 2 * SumError * products.Sum(Math.Abs) + double.Epsilon);
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
            Assert.Equal(InOrder([.. tensors.Select(Sets.Values)]).Cast<double>(), Gram(tensors, threads: 2).Cast<double>());
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
                Assert.Equal(expected.Cast<double>(), Gram(tensors, threads).Cast<double>());
                Assert.Equal(expected.Cast<double>(), InPieces(tensors, pieces, threads).Cast<double>());
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
            Assert.Equal(Count * (i + 1.0) * (j + 1), gram[i, j]);
    }

    [Fact]
    public void Sums_of_blocks_lose_nothing()
    {
        var gram = new GramAccumulator(1);
        gram.Add([1e16]);
        for (var k = 0; k < 1000; k++)
            gram.Add([1.0]);
        gram.Add([-1e16]);
        Assert.Equal(1000, gram.ToMatrix()[0, 0]);
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
                Assert.True(double.IsFinite(gram[0, 0]));
                Assert.False(double.IsFinite(gram[1, 1]));
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

    private static double[,] Gram(Tensor[] tensors, int? threads, CancellationToken cancellationToken = default)
    {
        var gram = new GramAccumulator(tensors.Length - 1);
        var addresses = tensors.Select(TensorMemory.AddressOfFirst).ToArray();
        gram.Add(tensors[0].dtype, addresses[0], addresses[1..], tensors[0].numel(), threads, cancellationToken);
        return gram.ToMatrix();
    }

    private static double[,] InPieces(Tensor[] tensors, int[] blocks, int threads)
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

    /// <summary>The documented order, number by number: eight lanes per block of 4096, the lanes by halves, the blocks one after the other.</summary>
    private static double[,] InOrder(double[][] values)
    {
        var policies = values.Length - 1;
        var result = new double[policies, policies];
        for (var i = 0; i < policies; i++)
        {
            for (var j = i; j < policies; j++)
            {
                var (sum, lost) = (0.0, 0.0);
                for (var block = 0; block < values[0].Length; block += 4096)
                {
                    var lanes = new double[8];
                    for (var k = block; k < Math.Min(block + 4096, values[0].Length); k++)
                        lanes[k % 8] += (values[i + 1][k] - values[0][k]) * (values[j + 1][k] - values[0][k]);
                    var term = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
                    var total = sum + term;
                    lost += Math.Abs(sum) >= Math.Abs(term) ? (sum - total) + term : (term - total) + sum;
                    sum = total;
                }

                result[i, j] = result[j, i] = sum + lost;
            }
        }

        return result;
    }
}
