using static TorchSharp.torch;

namespace Warp;

/// <summary>Collects the inner products of task vectors, tensor after tensor or piece after piece.</summary>
/// <remarks>
/// The weights are summed in blocks of <see cref="BlockSize"/>, counted from the start of each tensor, and the blocks' sums are added in their order:
/// the result depends neither on the threads nor on the pieces in which a tensor comes, if all its pieces but the last are whole blocks.
/// </remarks>
internal sealed unsafe class GramAccumulator
{
    /// <summary>Weights per block: few enough for short sums (512 terms per lane), enough to make the end of a block cheap.</summary>
    internal const int BlockSize = 1 << 12;

    /// <summary>Sums of blocks that wait to be added in order: 2 MB at most, whatever the number of policies.</summary>
    private const int MostSums = 1 << 17;

    private readonly int _policies;
    private readonly DoubleDouble[] _sums;

    /// <summary>Starts at zero.</summary>
    internal GramAccumulator(int policies)
    {
        _policies = policies;
        _sums = new DoubleDouble[GramKernel.Pairs(policies)];
    }

    private delegate void Sum(byte* init, nint* policies, int count, int weights, DoubleDouble* sums);

    /// <summary>Adds weights that lie in memory, the next of their tensor.</summary>
    /// <param name="type">Their type: one that <see cref="WeightKernels.Supports"/>.</param>
    /// <param name="init">Address of the weights of θ_init.</param>
    /// <param name="policies">Addresses of those of θ¹ … θᴹ.</param>
    /// <param name="weights">How many; a multiple of <see cref="BlockSize"/>, or all that is left of the tensor.</param>
    /// <param name="threads">At most so many threads; null for one per core. The result does not depend on it.</param>
    /// <param name="cancellationToken">Ends the work; the sums are then useless.</param>
    internal void Add(ScalarType type, nint init, IReadOnlyList<nint> policies, long weights, int? threads = null, CancellationToken cancellationToken = default)
    {
        Sum sum = type switch
        {
            ScalarType.Float64 => GramKernel.Sum<Float64Element>,
            ScalarType.Float32 => GramKernel.Sum<Float32Element>,
            ScalarType.BFloat16 => GramKernel.Sum<BFloat16Element>,
            ScalarType.Float16 => GramKernel.Sum<Float16Element>,
            _ => throw WeightKernels.Unsupported(type),
        };
        var size = WeightKernels.Size(type);
        var pairs = _sums.Length;
        var batchSize = Math.Max(1, MostSums / pairs) * (long)BlockSize;
        var blocks = new DoubleDouble[(Math.Min(weights, batchSize) + BlockSize - 1) / BlockSize * pairs];
        for (long batch = 0; batch < weights; batch += batchSize)
        {
            var (start, length) = (batch, Math.Min(batchSize, weights - batch));
            BlockParallel.Run(length, threads, (first, count) => SumBlocks(start, first, count), cancellationToken);
            for (var at = 0; at * (long)BlockSize < length; at++)
                Add(blocks.AsSpan(at * pairs, pairs));
        }

        void SumBlocks(long start, long first, int count)
        {
            var ends = stackalloc nint[_policies];
            fixed (DoubleDouble* sums = blocks)
            {
                for (var at = first; at < first + count; at += BlockSize)
                {
                    var offset = (nint)((start + at) * size);
                    for (var k = 0; k < _policies; k++)
                        ends[k] = policies[k] + offset;
                    sum((byte*)(init + offset), ends, _policies, (int)Math.Min(BlockSize, first + count - at), sums + (at / BlockSize * pairs));
                }
            }
        }
    }

    /// <summary>Adds inner products that were computed elsewhere: those of i ≤ j, row by row.</summary>
    internal void Add(ReadOnlySpan<DoubleDouble> products)
    {
        for (var p = 0; p < products.Length; p++)
            _sums[p] += products[p];
    }

    /// <summary>The symmetric matrix Gᵢⱼ = δⁱ·δʲ of all that was added.</summary>
    internal DoubleDouble[,] ToMatrix()
    {
        var gram = new DoubleDouble[_policies, _policies];
        for (int i = 0, p = 0; i < _policies; i++)
        {
            for (var j = i; j < _policies; j++, p++)
                gram[i, j] = gram[j, i] = _sums[p];
        }

        return gram;
    }
}
