using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// The tensor arithmetic that averaging needs, in float64 over bounded chunks, for tensors of any floating type on any device.
/// </summary>
internal static class WeightMath
{
    // Elementwise work does not depend on how it is split; the chunk only bounds the temporaries (8 MB each).
    private const long ElementwiseChunk = 1 << 20;

    // Torch splits reductions over threads from 32768 elements on; below that a sum does not depend on the number of threads.
    private const long ReductionChunk = 1 << 14;

    /// <summary>A copy that shares nothing with <paramref name="tensor"/> and has no history.</summary>
    internal static Tensor DetachedCopy(Tensor tensor, ScalarType? type = null, Device? device = null)
    {
        using var noGradient = no_grad();
        using var detached = tensor.detach();
        return detached.to(type ?? tensor.dtype, device ?? tensor.device, copy: true);
    }

    /// <summary>Σ weightₖ · tensorₖ, computed in float64 and rounded once. Terms of weight 0 do not enter, so (1, 0, …) is an exact copy.</summary>
    internal static Tensor Combine(IReadOnlyList<(double Weight, Tensor Tensor)> terms, ScalarType type, Device device)
    {
        var active = terms.Where(t => t.Weight != 0).ToArray();
        if (active.Length == 0)
            return zeros(terms[0].Tensor.shape, type, device);
        if (active is [(1.0, var only)])
            return DetachedCopy(only, type, device);

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var flat = active.Select(t => (t.Weight, Tensor: t.Tensor.detach().contiguous().view(-1))).ToArray();
        var result = empty(terms[0].Tensor.shape, type, device);
        var target = result.view(-1);
        for (long at = 0; at < target.shape[0]; at += ElementwiseChunk)
        {
            using var chunk = NewDisposeScope();
            var length = Math.Min(ElementwiseChunk, target.shape[0] - at);
            var sum = flat[0].Tensor.narrow(0, at, length).to(ScalarType.Float64, device, copy: true).mul_(flat[0].Weight);
            foreach (var (weight, tensor) in flat.AsSpan(1))
                sum.add_(tensor.narrow(0, at, length).to(ScalarType.Float64, device), weight);
            target.narrow(0, at, length).copy_(sum);
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>Adds the inner products of the task vectors θₖ − θ_init over one tensor to the upper triangle of <paramref name="gram"/> and mirrors it.</summary>
    internal static void AddGram(Tensor init, IReadOnlyList<Tensor> policies, double[,] gram)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var start = init.detach().contiguous().view(-1);
        var ends = policies.Select(p => p.detach().contiguous().view(-1)).ToArray();
        for (long at = 0; at < start.shape[0]; at += ReductionChunk)
        {
            using var chunk = NewDisposeScope();
            var length = Math.Min(ReductionChunk, start.shape[0] - at);
            var origin = start.narrow(0, at, length).to(ScalarType.Float64);
            var vectors = ends.Select(e => e.narrow(0, at, length).to(ScalarType.Float64, init.device, copy: true).sub_(origin)).ToArray();
            for (var i = 0; i < vectors.Length; i++)
            {
                for (var j = i; j < vectors.Length; j++)
                    gram[i, j] += vectors[i].mul(vectors[j]).sum().item<double>();
            }
        }

        for (var i = 0; i < ends.Length; i++)
        {
            for (var j = 0; j < i; j++)
                gram[i, j] = gram[j, i];
        }
    }

    /// <summary>shadow ← shadow + μ (θ − shadow), in place and in the shadow's type; for μ = 1 an exact copy.</summary>
    internal static void MoveTowards(Tensor shadow, Tensor weights, double mu)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var target = weights.detach().to(shadow.dtype, shadow.device);
        if (mu == 1)
            shadow.copy_(target); // θ − shadow is rounded, so the sum would not be θ.
        else
            shadow.add_(target.sub(shadow), mu);
    }

    /// <summary>Whether two tensors hold the same values. A NaN equals a NaN: a buffer that holds one agrees with its own copy.</summary>
    internal static bool AreEqual(Tensor a, Tensor b)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (left, right) = (a.detach(), b.detach().to(a.device));
        return left.eq(right).logical_or(left.isnan().logical_and(right.isnan())).all().item<bool>();
    }

    /// <summary>Whether all values are finite.</summary>
    internal static bool IsFinite(Tensor tensor)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return tensor.detach().isfinite().all().item<bool>();
    }
}
