using static TorchSharp.torch;

namespace Warp;

/// <summary>The memory of a tensor, a bounded piece at a time: one span cannot hold more than 2 GiB.</summary>
internal static class TensorBytes
{
    private const long ChunkElements = 1 << 20;

    internal delegate void Piece(Span<byte> bytes, long at);

    /// <summary>Shows the bytes of a contiguous tensor in main memory, in order; <c>at</c> is the position of a piece's first byte.</summary>
    internal static void Visit(Tensor tensor, Piece visit)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var flat = tensor.detach().view(-1);
        for (long at = 0; at < flat.shape[0]; at += ChunkElements)
        {
            using var chunk = NewDisposeScope();
            visit(flat.narrow(0, at, Math.Min(ChunkElements, flat.shape[0] - at)).bytes, at * tensor.ElementSize);
        }
    }

    /// <summary>The same for any tensor; one that is strided or on another device is copied first.</summary>
    internal static void VisitCopy(Tensor tensor, Piece visit)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Visit(tensor.detach().cpu().contiguous(), visit);
    }
}
