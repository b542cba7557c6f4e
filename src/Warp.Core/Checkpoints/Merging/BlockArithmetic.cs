using static TorchSharp.torch;

namespace Warp;

/// <summary>The kernels on blocks of files.</summary>
internal static class BlockArithmetic
{
    /// <summary>Adds the inner products of the inputs after the first about the first.</summary>
    internal static void AddGram(BlockBuffers block, GramAccumulator gram, CancellationToken cancellationToken)
    {
        foreach (var piece in block.Block.Pieces)
        {
            var addresses = Addresses(block, piece.At);
            gram.Add(piece.Type, addresses[0], addresses[1..], piece.Count, cancellationToken: cancellationToken);
        }
    }

    /// <summary>Adds the inner products of the inputs after the first about zero.</summary>
    /// <param name="block">The inputs.</param>
    /// <param name="zero">Zeros, as many as a buffer has bytes.</param>
    /// <param name="gram">The sums.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    internal static void AddFullGram(BlockBuffers block, AlignedBuffer zero, GramAccumulator gram, CancellationToken cancellationToken)
    {
        foreach (var piece in block.Block.Pieces)
            gram.Add(piece.Type, zero.Address, Addresses(block, piece.At)[1..], piece.Count, cancellationToken: cancellationToken);
    }

    /// <summary>Writes Σ factorₖ · inputₖ to each output, with its own factors.</summary>
    /// <param name="inputs">The inputs.</param>
    /// <param name="factors">For each output, one factor for each input.</param>
    /// <param name="extrapolates">For each output, whether it goes beyond its target.</param>
    /// <param name="plan">Knows the type of the outputs.</param>
    /// <param name="outputs">The outputs.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    internal static void Combine(
        BlockBuffers inputs, IReadOnlyList<double[]> factors, IReadOnlyList<bool> extrapolates, MergePlan plan, BlockBuffers outputs, CancellationToken cancellationToken)
    {
        outputs.Block = inputs.Block;
        foreach (var piece in inputs.Block.Pieces)
        {
            var addresses = Addresses(inputs, piece.At);
            var type = plan.OutputType ?? piece.Type;
            for (var k = 0; k < factors.Count; k++)
            {
                var output = outputs.Buffers[k].Address + (nint)(piece.At * plan.Ratio);
                WeightKernels.Combine(piece.Type, addresses, factors[k], type, output, piece.Count, cancellationToken: cancellationToken);
                CheckRange(piece, type, output, extrapolates[k], cancellationToken);
            }
        }
    }

    /// <summary>Refuses what has become infinite by being rounded to its type, or by going beyond the target.</summary>
    /// <exception cref="NonFiniteWeightsException">A weight does not fit.</exception>
    internal static void CheckRange(Piece piece, ScalarType type, nint output, bool extrapolates, CancellationToken cancellationToken)
    {
        if (!OutputRange.IsSmaller(type, piece.Type) && !extrapolates)
            return;
        if (OutputRange.CountNonFinite(type, output, piece.Count, cancellationToken) is > 0 and var count)
            throw OutputRange.DoesNotFit(piece.Name, piece.Count == piece.Row.Tensor.ElementCount ? $"{count} of {piece.Count} weights" : $"{count} or more weights", type);
    }

    /// <summary>The addresses of a piece in each buffer.</summary>
    internal static nint[] Addresses(BlockBuffers block, long at) => Array.ConvertAll(block.Buffers, b => b.Address + (nint)at);

    /// <summary>Whether the inner products of a block are finite, and so all its weights.</summary>
    internal static bool IsFinite(BlockBuffers block, int policies, CancellationToken cancellationToken)
    {
        var gram = new GramAccumulator(policies);
        AddGram(block, gram, cancellationToken);
        return GroupReport.FirstNonFinite(gram.ToMatrix()) < 0;
    }
}
