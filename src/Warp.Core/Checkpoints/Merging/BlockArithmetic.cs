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

    /// <summary>Writes (1 − η) θ_init + η θ for each η to an output of its own.</summary>
    internal static void Interpolate(BlockBuffers inputs, IReadOnlyList<double> etas, MergePlan plan, BlockBuffers outputs, CancellationToken cancellationToken)
    {
        outputs.Block = inputs.Block;
        foreach (var piece in inputs.Block.Pieces)
        {
            var addresses = Addresses(inputs, piece.At);
            for (var k = 0; k < etas.Count; k++)
            {
                var output = outputs.Buffers[k].Address + (nint)(piece.At * plan.Ratio);
                var type = plan.OutputType ?? piece.Type;
                WeightKernels.Combine(piece.Type, addresses, [1 - etas[k], etas[k]], type, output, piece.Count, cancellationToken: cancellationToken);
                CheckRange(piece, type, output, etas[k], cancellationToken);
            }
        }
    }

    /// <summary>Refuses what has become infinite by being rounded to its type, or by going beyond the target.</summary>
    /// <exception cref="NonFiniteWeightsException">A weight does not fit.</exception>
    internal static void CheckRange(Piece piece, ScalarType type, nint output, double? eta, CancellationToken cancellationToken)
    {
        if (!OutputRange.IsSmaller(type, piece.Type) && eta is not > 1)
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

/// <summary>Merges blocks, and interpolates from θ_init to the merge if that is asked for.</summary>
internal sealed class BlockCombiner(MergePlan plan, double? eta) : IDisposable
{
    private AlignedBuffer? _merged;
    private AlignedBuffer? _start;

    /// <summary>Writes Σ factorₖ · inputₖ, or what η makes of it, to the first output.</summary>
    internal void Combine(BlockBuffers inputs, double[] factors, BlockBuffers outputs, CancellationToken cancellationToken)
    {
        outputs.Block = inputs.Block;
        foreach (var piece in inputs.Block.Pieces)
        {
            var addresses = BlockArithmetic.Addresses(inputs, piece.At);
            var output = outputs.Buffers[0].Address + (nint)(piece.At * plan.Ratio);
            var type = plan.OutputType ?? piece.Type;
            if (eta is not { } share)
            {
                WeightKernels.Combine(piece.Type, addresses, factors, type, output, piece.Count, cancellationToken: cancellationToken);
                BlockArithmetic.CheckRange(piece, type, output, eta: null, cancellationToken);
                continue;
            }

            // As in memory: the merge is rounded to its type, then θ_init and the merge are combined and rounded again.
            var between = OutputTypes.Between(piece.Type, plan.OutputType);
            var merged = Scratch(ref _merged, between, piece);
            WeightKernels.Combine(piece.Type, addresses, factors, between, merged, piece.Count, cancellationToken: cancellationToken);
            var start = addresses[0];
            if (between != piece.Type)
            {
                start = Scratch(ref _start, between, piece);
                WeightKernels.Combine(piece.Type, [addresses[0]], [1.0], between, start, piece.Count, cancellationToken: cancellationToken);
            }

            WeightKernels.Combine(between, [start, merged], [1 - share, share], type, output, piece.Count, cancellationToken: cancellationToken);
            BlockArithmetic.CheckRange(piece, type, output, share, cancellationToken);
        }
    }

    public void Dispose()
    {
        _merged?.Dispose();
        _start?.Dispose();
    }

    private static nint Scratch(ref AlignedBuffer? buffer, ScalarType type, Piece piece)
    {
        var bytes = piece.Count * WeightKernels.Size(type);
        if (buffer is null || buffer.Bytes < bytes)
        {
            buffer?.Dispose();
            buffer = new(bytes);
        }

        return buffer.Address;
    }
}
