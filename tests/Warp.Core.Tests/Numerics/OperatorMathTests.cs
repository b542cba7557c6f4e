using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Torch's operators and strided tensors against the kernels on the same inputs, and the choice between them.</summary>
public sealed class OperatorMathTests
{
    /// <summary>Two orders of one sum: 2⁻⁵³ times at most 16384 additions, of the sum of magnitudes.</summary>
    private const double SumError = 16384.0 / (1L << 53);

    private static readonly Gen<double> NotZero = Gen.OneOf(Gen.Double[-2, -0.01], Gen.Double[0.01, 2]);

    [Fact]
    public void Inner_products_agree() => Gen.Select(RandomWeights.Types, Gen.Int[1, 300], Gen.Int[1, 300], Gen.Int[1, 4], Gen.ULong[0, 1000]).Sample(
        (type, rows, columns, policies, seed) =>
        {
            using var scope = NewDisposeScope();
            var tensors = RandomWeights.Several(type, seed, policies + 1, rows * columns).Select(t => t.view(rows, columns)).ToArray();
            var (kernels, operators, strided) = (new GramAccumulator(policies), new GramAccumulator(policies), new GramAccumulator(policies));
            WeightMath.AddGram(tensors[0], tensors[1..], kernels);
            OperatorMath.AddGram(tensors[0], tensors[1..], operators, CancellationToken.None);
            WeightMath.AddGram(Strided(tensors[0]), [.. tensors[1..].Select(Strided)], strided);
            var largest = kernels.ToMatrix().Cast<DoubleDouble>().Max(g => Math.Abs(g.High));
            foreach (var (expected, actual) in kernels.ToMatrix().Cast<DoubleDouble>().Zip(operators.ToMatrix().Cast<DoubleDouble>()))
                Assert.Equal(expected.High, actual.High, SumError * largest);
            Assert.Equal(kernels.ToMatrix().Cast<DoubleDouble>(), strided.ToMatrix().Cast<DoubleDouble>());
        },
        iter: 25,
        threads: 1);

    [Fact]
    public void Weighted_sums_agree() => Gen.Select(RandomWeights.Types, RandomWeights.Types, Gen.Int[1, 1200], Gen.Int[1, 1200], NotZero.Array[1, 4], Gen.ULong[0, 1000]).Sample(
        (input, output, rows, columns, weights, seed) =>
        {
            using var scope = NewDisposeScope();
            var tensors = RandomWeights.Several(input, seed, weights.Length, rows * columns).Select(t => t.view(rows, columns)).ToArray();
            var kernels = WeightMath.Combine([.. weights.Zip(tensors)], output, CPU);
            var operators = empty(kernels.shape, output);
            OperatorMath.Combine([.. weights.Zip(tensors)], operators, CancellationToken.None);
            var strided = WeightMath.Combine([.. weights.Zip(tensors.Select(Strided))], output, CPU);
            AssertOneUnit(kernels, operators, output);
            Bits.AssertSame(kernels, strided);
        },
        iter: 20,
        threads: 1);

    [Fact]
    public void Averages_agree() => Gen.Select(Gen.OneOf(ScalarType.Float32, ScalarType.Float64), RandomWeights.Types, Gen.Int[1, 300], Gen.Int[1, 300], Gen.Double[0, 1]).Sample(
        (type, source, rows, columns, mu) =>
        {
            using var scope = NewDisposeScope();
            var (start, weights) = (RandomWeights.Make(type, 1, rows * columns).view(rows, columns), RandomWeights.Make(source, 2, rows * columns).view(rows, columns));
            var (kernels, operators, strided) = (start.clone(), start.clone(), Strided(start));
            WeightMath.MoveTowards(kernels, weights, mu);
            OperatorMath.MoveTowards(operators, weights, mu);
            WeightMath.MoveTowards(strided, Strided(weights), mu);

            // In the shadow's type the difference, its product with μ and the sum are each rounded: 3 units of numbers up to 2.
            var error = 3 * Math.ScaleB(1, type == ScalarType.Float32 ? -23 : -52);
            Tolerance.AssertClose(Sets.Values(kernels), Sets.Values(operators), error, 1);
            Bits.AssertSame(kernels, strided);
        },
        iter: 20,
        threads: 1);

    [Fact]
    public void Mixed_types_scalars_and_empty_tensors()
    {
        using var scope = NewDisposeScope();
        var mixed = WeightMath.Combine([(0.5, tensor(1f)), (2, tensor(3.0)), (1, tensor(1.5).to(ScalarType.BFloat16))], ScalarType.Float32, CPU);
        Assert.Empty(mixed.shape);
        Assert.Equal([8], Sets.Values(mixed));
        Assert.Equal([0, 3], WeightMath.Combine([(0.5, zeros(0, 3)), (2, zeros(0, 3))], ScalarType.Float32, CPU).shape);

        var gram = new GramAccumulator(1);
        WeightMath.AddGram(tensor(1f), [tensor(3.0)], gram);
        WeightMath.AddGram(tensor(1f), [tensor(3f)], gram);
        WeightMath.AddGram(zeros(0), [zeros(0)], gram);
        WeightMath.AddGram(zeros(0), [zeros(0, ScalarType.Float64)], gram);
        Assert.Equal(8, gram.ToMatrix()[0, 0].High);

        var shadow = tensor(1f);
        WeightMath.MoveTowards(shadow, tensor(3f), 0.5);
        Assert.Equal(2, shadow.item<float>());
        WeightMath.MoveTowards(zeros(0), zeros(0), 0.5);
        var narrow = tensor(1f).to(ScalarType.BFloat16);
        WeightMath.MoveTowards(narrow, tensor(3f), 1);
        Assert.Equal(3, narrow.to(ScalarType.Float32).item<float>());
    }

    [Fact]
    public void A_cancelled_sum_leaves_no_tensor()
    {
        using var scope = NewDisposeScope();
        var a = zeros(100, 50);
        var cancelled = new CancellationToken(canceled: true);
        LiveTensors.AssertNoneLeft(() => Assert.Throws<OperationCanceledException>(() => WeightMath.Combine([(0.5, a), (0.25, a)], ScalarType.Float32, CPU, cancelled)));
        LiveTensors.AssertNoneLeft(() =>
        {
            using var turned = a.t(); // strided
            Assert.Throws<OperationCanceledException>(() => WeightMath.Combine([(0.5, turned), (0.25, turned)], ScalarType.Float32, CPU, cancelled));
        });
    }

    [Fact]
    public void Pieces_are_small_and_cover_everything()
    {
        using var scope = NewDisposeScope();
        foreach (var shape in new long[][] { [], [0], [7], [100], [3, 1000], [1, 2, 3, 50], [50, 1, 4], [1, 999] })
        {
            var (counted, turned) = (zeros(shape), zeros(shape).permute([.. Enumerable.Range(0, shape.Length).Select(d => (long)d).Reverse()]));
            foreach (var tensor in new[] { counted, turned })
            {
                TensorPieces.Visit([tensor], 16, pieces =>
                {
                    Assert.InRange(pieces[0].numel(), 1, 16);
                    pieces[0].add_(1);
                }, CancellationToken.None);
                Assert.All(Sets.Values(tensor), v => Assert.Equal(1, v));
            }
        }
    }

    /// <summary>The same values, column by column in memory.</summary>
    private static Tensor Strided(Tensor tensor) => tensor.t().contiguous().t();

    private static void AssertOneUnit(Tensor expected, Tensor actual, ScalarType type)
    {
        var (bits, smallest) = type switch
        {
            ScalarType.Float64 => (52, -1022),
            ScalarType.Float32 => (23, -126),
            ScalarType.BFloat16 => (7, -126),
            _ => (10, -14),
        };

        // A product that is added unrounded (fused) differs by a unit of the terms, which are at most 2.
        Tolerance.AssertRoundedOnce(Sets.Values(expected), Sets.Values(actual), bits, smallest, float64Error: 8 * Math.ScaleB(1, -52));
    }
}
