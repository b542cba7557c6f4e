using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// The tensor arithmetic that averaging needs, in float64, for tensors of any floating type on any device: by the kernels of this library in
/// main memory, by torch's operators elsewhere. This is the only place that chooses.
/// </summary>
internal static class WeightMath
{
    /// <summary>A copy that shares nothing with <paramref name="tensor"/> and has no history.</summary>
    internal static Tensor DetachedCopy(Tensor tensor, ScalarType? type = null, Device? device = null)
    {
        using var noGradient = no_grad();
        using var detached = tensor.detach();
        return detached.to(type ?? tensor.dtype, device ?? tensor.device, copy: true);
    }

    /// <summary>Σ weightₖ · tensorₖ, computed in float64 and rounded once. Terms of weight 0 do not enter, so (1, 0, …) is an exact copy.</summary>
    internal static Tensor Combine(
        IReadOnlyList<(double Weight, Tensor Tensor)> terms, ScalarType type, Device device, CancellationToken cancellationToken = default)
    {
        var active = terms.Where(t => t.Weight != 0).ToArray();
        if (active.Length == 0)
            return zeros(terms[0].Tensor.shape, type, device);
        if (active is [(1.0, var only)] && only.dtype == type)
            return DetachedCopy(only, type, device);

        var result = empty(terms[0].Tensor.shape, type, device);
        try
        {
            var tensors = active.Select(t => t.Tensor).ToArray();
            if (!AreReachable([result, .. tensors]))
            {
                OperatorMath.Combine(active, result, cancellationToken);
            }
            else if (!AreDense(tensors) || !AreOfOneType(tensors))
            {
                StridedMath.Combine(active, result, cancellationToken);
            }
            else
            {
                WeightKernels.Combine(
                    tensors[0].dtype,
                    Addresses(tensors),
                    [.. active.Select(t => t.Weight)],
                    type,
                    TensorMemory.AddressOfFirst(result),
                    result.numel(),
                    cancellationToken: cancellationToken);
                GC.KeepAlive(tensors); // A finalizer must not free what a kernel reads.
            }

            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a result that has become infinite by being rounded to a smaller type than its terms have, or by <paramref name="extrapolated"/> weights.</summary>
    /// <exception cref="NonFiniteWeightsException">A weight does not fit, although all terms are finite. The result is disposed.</exception>
    internal static Tensor InRange(Tensor result, string name, IReadOnlyList<(double Weight, Tensor Tensor)> terms, bool extrapolated, CancellationToken cancellationToken)
    {
        if (!extrapolated && terms.All(t => !OutputRange.IsSmaller(result.dtype, t.Tensor.dtype)))
            return result;
        try
        {
            if (CountNonFinite(result, cancellationToken) is > 0 and var count && terms.All(t => t.Weight == 0 || IsFinite(t.Tensor)))
                throw OutputRange.DoesNotFit(name, $"{count} of {result.numel()} weights", result.dtype);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    /// <summary>Adds the inner products of the task vectors θₖ − θ_init over one tensor to <paramref name="gram"/>.</summary>
    internal static void AddGram(Tensor init, IReadOnlyList<Tensor> policies, GramAccumulator gram, CancellationToken cancellationToken = default)
    {
        Tensor[] tensors = [init, .. policies];
        if (!AreReachable(tensors))
        {
            OperatorMath.AddGram(init, policies, gram, cancellationToken);
        }
        else if (!AreDense(tensors) || !AreOfOneType(tensors))
        {
            StridedMath.AddGram(init, policies, gram, cancellationToken);
        }
        else
        {
            var addresses = Addresses(tensors);
            gram.Add(init.dtype, addresses[0], addresses[1..], init.numel(), cancellationToken: cancellationToken);
            GC.KeepAlive(tensors);
        }
    }

    /// <summary>shadow ← shadow + μ (θ − shadow), in place, rounded to the shadow's type; for μ = 1 an exact copy.</summary>
    internal static void MoveTowards(Tensor shadow, Tensor weights, double mu)
    {
        if (shadow.dtype is not (ScalarType.Float32 or ScalarType.Float64) || !AreReachable([shadow, weights]))
        {
            OperatorMath.MoveTowards(shadow, weights, mu);
        }
        else if (!AreDense([shadow, weights]))
        {
            StridedMath.MoveTowards(shadow, weights, mu);
        }
        else
        {
            WeightKernels.MoveTowards(
                shadow.dtype, TensorMemory.AddressOfFirst(shadow), weights.dtype, TensorMemory.AddressOfFirst(weights), mu, shadow.numel());
            GC.KeepAlive(shadow);
            GC.KeepAlive(weights);
        }
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

    private static long CountNonFinite(Tensor result, CancellationToken cancellationToken)
    {
        if (TensorMemory.IsReachable(result) && result.is_contiguous())
        {
            var count = OutputRange.CountNonFinite(result.dtype, TensorMemory.AddressOfFirst(result), result.numel(), cancellationToken);
            GC.KeepAlive(result);
            return count;
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return result.isfinite().logical_not().sum().item<long>();
    }

    private static bool AreReachable(Tensor[] tensors) => Array.TrueForAll(tensors, TensorMemory.IsReachable);

    private static bool AreDense(Tensor[] tensors) => Array.TrueForAll(tensors, t => t.is_contiguous());

    private static bool AreOfOneType(Tensor[] tensors) => Array.TrueForAll(tensors, t => t.dtype == tensors[0].dtype);

    private static nint[] Addresses(Tensor[] tensors) => Array.ConvertAll(tensors, TensorMemory.AddressOfFirst);
}
