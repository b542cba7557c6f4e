using TorchSharp;
using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// What the kernels do, in torch's operators: for tensors on other devices. The temporaries are bounded.
/// </summary>
/// <remarks>
/// Sums are in float64 alone (off by a few units of 2⁻⁵³ of the sum of magnitudes, which nearly opposite task vectors magnify), weighted sums differ in one rounding of float64
/// and, for 16-bit results, one more to float32: at most one unit in the last place. Averages are moved in the shadow's own type.
/// </remarks>
internal static class OperatorMath
{
    // Elementwise work does not depend on how it is split; the chunk only bounds the temporaries (8 MB each).
    private const long ElementwiseChunk = 1 << 20;

    // Torch splits reductions over threads from 32768 elements on; below that a sum does not depend on the number of threads.
    private const long ReductionChunk = 1 << 14;

    /// <summary>Σ weightₖ · tensorₖ into <paramref name="result"/>.</summary>
    internal static void Combine(IReadOnlyList<(double Weight, Tensor Tensor)> terms, Tensor result, CancellationToken cancellationToken) =>
        TensorPieces.Visit([result, .. terms.Select(t => t.Tensor)], ElementwiseChunk, pieces =>
        {
            // Scalars that nobody holds may be freed while torch reads them (docs/decisions/0008).
            using var first = terms[0].Weight.ToScalar();
            var sum = pieces[1].to(ScalarType.Float64, result.device, copy: true).mul_(first);
            for (var k = 1; k < terms.Count; k++)
            {
                using var weight = terms[k].Weight.ToScalar();
                sum.add_(pieces[k + 1].to(ScalarType.Float64, result.device), weight);
            }

            pieces[0].copy_(sum);
        }, cancellationToken);

    /// <summary>The inner products of the task vectors θₖ − θ_init, added to <paramref name="gram"/>.</summary>
    internal static void AddGram(Tensor init, IReadOnlyList<Tensor> policies, GramAccumulator gram, CancellationToken cancellationToken)
    {
        var products = new DoubleDouble[GramKernel.Pairs(policies.Count)];
        TensorPieces.Visit([init, .. policies], ReductionChunk, pieces =>
        {
            var origin = pieces[0].to(ScalarType.Float64);
            var tasks = pieces.Skip(1).Select(p => p.to(ScalarType.Float64, init.device, copy: true).sub_(origin)).ToArray();
            for (int i = 0, p = 0; i < tasks.Length; i++)
            {
                for (var j = i; j < tasks.Length; j++)
                    products[p++] = tasks[i].mul(tasks[j]).sum().item<double>();
            }

            gram.Add(products);
        }, cancellationToken);
    }

    /// <summary>shadow ← shadow + μ (θ − shadow), in place and in the shadow's type; for μ = 1 an exact copy.</summary>
    internal static void MoveTowards(Tensor shadow, Tensor weights, double mu) =>
        TensorPieces.Visit([shadow, weights], ElementwiseChunk, pieces =>
        {
            using var rate = mu.ToScalar();
            var target = pieces[1].to(shadow.dtype, shadow.device);
            if (mu == 1)
                pieces[0].copy_(target); // θ − shadow is rounded, so the sum would not be θ.
            else
                pieces[0].add_(target.sub(pieces[0]), rate);
        }, CancellationToken.None);
}
