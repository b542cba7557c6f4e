using static TorchSharp.torch;

namespace Warp;

/// <summary>Cuts tensors into pieces, whatever their strides, so that work on them needs little memory.</summary>
internal static class TensorPieces
{
    /// <summary>Shows tensors of one shape piece by piece, all cut alike. The pieces are views and end with the visit.</summary>
    internal static void Visit(IReadOnlyList<Tensor> tensors, long maxElements, Action<Tensor[]> visit, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Visit([.. tensors.Select(t => t.detach())], maxElements, visit, cancellationToken);
    }

    private static void Visit(Tensor[] tensors, long maxElements, Action<Tensor[]> visit, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var count = tensors[0].numel();
        if (count <= maxElements)
        {
            if (count > 0)
                visit(tensors);
            return;
        }

        var rows = tensors[0].shape[0];
        var step = Math.Max(1, maxElements / (count / rows));
        for (long at = 0; at < rows; at += step)
        {
            using var piece = NewDisposeScope();
            var (start, length) = (at, Math.Min(step, rows - at));
            Tensor[] cut = [.. tensors.Select(t => rows == 1 ? t.select(0, 0) : t.narrow(0, start, length))];
            Visit(cut, maxElements, visit, cancellationToken);
        }
    }
}
