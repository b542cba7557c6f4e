using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// The tensor arithmetic that averaging needs, in float64, for tensors of any floating type on any device: by the kernels of this library where
/// they apply, else by torch's operators.
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
            if (UseKernels([result, .. tensors]) && OneType(tensors))
            {
                WeightKernels.Combine(
                    tensors[0].dtype,
                    Addresses(tensors),
                    [.. active.Select(t => t.Weight)],
                    type,
                    TensorMemory.AddressOfFirst(result),
                    result.numel(),
                    cancellationToken: cancellationToken);
                KeepAlive(tensors);
            }
            else
            {
                OperatorMath.Combine(active, result, cancellationToken);
            }

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
        if (UseKernels(tensors) && OneType(tensors))
        {
            var addresses = Addresses(tensors);
            gram.Add(init.dtype, addresses[0], addresses[1..], init.numel(), cancellationToken: cancellationToken);
            KeepAlive(tensors);
        }
        else
        {
            OperatorMath.AddGram(init, policies, gram, cancellationToken);
        }
    }

    /// <summary>shadow ← shadow + μ (θ − shadow), in place, rounded to the shadow's type; for μ = 1 an exact copy.</summary>
    internal static void MoveTowards(Tensor shadow, Tensor weights, double mu)
    {
        if (shadow.dtype is ScalarType.Float32 or ScalarType.Float64 && UseKernels([shadow, weights]))
        {
            WeightKernels.MoveTowards(
                shadow.dtype, TensorMemory.AddressOfFirst(shadow), weights.dtype, TensorMemory.AddressOfFirst(weights), mu, shadow.numel());
            KeepAlive([shadow, weights]);
        }
        else
        {
            OperatorMath.MoveTowards(shadow, weights, mu);
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

    // The one place that chooses: kernels for dense tensors in main memory, torch's operators for all others.
    private static bool UseKernels(ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            if (!TensorMemory.IsDense(tensor))
                return false;
        }

        return true;
    }

    private static bool OneType(Tensor[] tensors) => Array.TrueForAll(tensors, t => t.dtype == tensors[0].dtype);

    private static nint[] Addresses(Tensor[] tensors) => Array.ConvertAll(tensors, TensorMemory.AddressOfFirst);

    // A finalizer must not free what a kernel reads.
    private static void KeepAlive(Tensor[] tensors) => GC.KeepAlive(tensors);
}
