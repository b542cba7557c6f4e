using static TorchSharp.torch;

namespace Warp;

/// <summary>Tensors that are merged with one angle.</summary>
internal sealed record TensorGroup(string Name, IReadOnlyList<AlignedTensor> Rows)
{
    internal long Parameters => Rows.Sum(r => r.Tensor.ElementCount);
}

/// <summary>Consecutive weights of one tensor.</summary>
/// <param name="Row">The tensor in each input.</param>
/// <param name="First">The first weight.</param>
/// <param name="Count">How many there are.</param>
/// <param name="At">Where they lie in a buffer, in bytes.</param>
internal sealed record Piece(AlignedTensor Row, long First, long Count, long At)
{
    internal string Name => Row.Tensor.Name;

    internal ScalarType Type => Row.Tensor.ScalarType!.Value;

    internal long Size => WeightKernels.Size(Type);

    /// <summary>The tensor in input k: θ_init is 0.</summary>
    internal CheckpointTensor Input(int k) => k == 0 ? Row.Tensor : Row.Others[k - 1]!;
}

/// <summary>What is read, worked on and written at a time.</summary>
internal sealed record MergeBlock(IReadOnlyList<Piece> Pieces)
{
    /// <summary>Bytes of one input.</summary>
    internal long Bytes => Pieces.Sum(p => p.Count * p.Size);

    /// <summary>
    /// Fills blocks with the tensors in order. A tensor is cut only between the blocks of <see cref="GramAccumulator"/>, so that no sum
    /// depends on where.
    /// </summary>
    /// <param name="rows">The tensors.</param>
    /// <param name="capacity">Bytes of a buffer; at least one block of the widest type.</param>
    internal static IEnumerable<MergeBlock> Divide(IEnumerable<AlignedTensor> rows, long capacity)
    {
        var pieces = new List<Piece>();
        var used = 0L;
        foreach (var row in rows)
        {
            long size = WeightKernels.Size(row.Tensor.ScalarType!.Value);
            var total = row.Tensor.ElementCount;
            for (long first = 0; first < total;)
            {
                var room = (capacity - used) / size;
                var count = total - first <= room ? total - first : room - room % GramAccumulator.BlockSize;
                if (count <= 0)
                {
                    yield return new(pieces);
                    (pieces, used) = ([], 0);
                    continue;
                }

                pieces.Add(new(row, first, count, used));
                first += count;
                used = Aligned(used + count * size);
            }
        }

        if (pieces.Count > 0)
            yield return new(pieces);
    }

    internal static long Aligned(long bytes) => (bytes + AlignedBuffer.Alignment - 1) / AlignedBuffer.Alignment * AlignedBuffer.Alignment;
}
