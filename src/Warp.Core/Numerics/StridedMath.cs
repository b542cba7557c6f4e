using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// The kernels over tensors in main memory that are strided or of mixed types: piece by piece through small dense copies, in float64 where types
/// are mixed. The results are the same bits as those of dense tensors.
/// </summary>
internal static class StridedMath
{
    /// <summary>Weights per piece of elementwise work; bounds each copy to 8 MB.</summary>
    private const long PieceSize = 1 << 20;

    /// <summary>Weights of each tensor that are collected before they are summed.</summary>
    private const long StageSize = 16 * GramAccumulator.BlockSize;

    /// <summary>Σ weightₖ · tensorₖ into <paramref name="result"/>, which is dense.</summary>
    internal static void Combine(IReadOnlyList<(double Weight, Tensor Tensor)> terms, Tensor result, CancellationToken cancellationToken)
    {
        var type = CommonType(terms.Select(t => t.Tensor));
        double[] factors = [.. terms.Select(t => t.Weight)];
        TensorPieces.Visit([result, .. terms.Select(t => t.Tensor)], PieceSize, pieces =>
        {
            var dense = Array.ConvertAll(pieces[1..], p => p.to(type).contiguous());
            nint[] inputs = [.. dense.Select(TensorMemory.AddressOfFirst)];
            var count = pieces[0].numel();
            WeightKernels.Combine(type, inputs, factors, result.dtype, TensorMemory.AddressOfFirst(pieces[0]), count, cancellationToken: cancellationToken);
            GC.KeepAlive(dense);
        }, cancellationToken);
    }

    /// <summary>The inner products of the task vectors θₖ − θ_init, added to <paramref name="gram"/>.</summary>
    internal static void AddGram(Tensor init, IReadOnlyList<Tensor> policies, GramAccumulator gram, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        Tensor[] tensors = [init, .. policies];
        var type = CommonType(tensors);

        // Pieces do not end where blocks end: they are collected to whole blocks.
        var stages = Array.ConvertAll(tensors, _ => empty(StageSize + GramAccumulator.BlockSize, type));
        var addresses = Array.ConvertAll(stages, TensorMemory.AddressOfFirst);
        long filled = 0;
        TensorPieces.Visit(tensors, GramAccumulator.BlockSize, pieces =>
        {
            var length = pieces[0].numel();
            for (var k = 0; k < stages.Length; k++)
                stages[k].narrow(0, filled, length).copy_(pieces[k].reshape(-1));
            filled += length;
            if (filled < StageSize)
                return;
            gram.Add(type, addresses[0], addresses[1..], StageSize, cancellationToken: cancellationToken);
            filled -= StageSize;
            foreach (var stage in stages)
                stage.narrow(0, 0, filled).copy_(stage.narrow(0, StageSize, filled));
        }, cancellationToken);
        gram.Add(type, addresses[0], addresses[1..], filled, cancellationToken: cancellationToken);
        GC.KeepAlive(stages);
    }

    /// <summary>shadow ← shadow + μ (θ − shadow), in place, rounded to the shadow's type; for μ = 1 an exact copy.</summary>
    internal static void MoveTowards(Tensor shadow, Tensor weights, double mu) =>
        TensorPieces.Visit([shadow, weights], PieceSize, pieces =>
        {
            var (average, target) = (pieces[0].contiguous(), pieces[1].contiguous());
            WeightKernels.MoveTowards(
                average.dtype, TensorMemory.AddressOfFirst(average), target.dtype, TensorMemory.AddressOfFirst(target), mu, average.numel());
            if (!pieces[0].is_contiguous())
                pieces[0].copy_(average);
            GC.KeepAlive(target);
        }, CancellationToken.None);

    private static ScalarType CommonType(IEnumerable<Tensor> tensors) =>
        tensors.Select(t => t.dtype).Distinct().ToArray() is [var only] ? only : ScalarType.Float64;
}
