using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// The exponential moving average of the policy's own weights (WARP stage 1; paper §3.1, eq. 3): θ_ema ← (1−μ) θ_ema + μ θ after each step.
/// </summary>
/// <remarks>
/// The average of a bfloat16 or float16 policy is kept in float32, because in those types the steps of μ = 0.01 are mostly rounded away.
/// For a float32 or float64 policy the average is the reference policy's own weights and costs no further memory.
/// </remarks>
public sealed class EmaAnchor : IResumableAnchor
{
    /// <summary>The default μ (paper, Appendix B).</summary>
    public const double DefaultRate = 0.01;

    private readonly IPolicy _reference;
    private readonly ParameterSet? _shadow;
    private HashSet<string> _moved = [];

    /// <summary>Creates the anchor.</summary>
    /// <param name="reference">
    /// A policy with the weights at which the run starts (θ_init); the anchor takes it over, moves its weights and disposes it. It must not
    /// be the policy that is trained.
    /// </param>
    /// <param name="rate">μ in (0, 1]; 1 copies the policy after each step.</param>
    /// <param name="start">
    /// θ_init at full precision, for a reference whose type is narrower than float32 and would round it; null, the default, takes the
    /// reference's weights. Not changed.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="rate"/> is outside (0, 1].</exception>
    /// <exception cref="ParameterMismatchException"><paramref name="start"/> does not fit the reference.</exception>
    public EmaAnchor(IPolicy reference, double rate = DefaultRate, ParameterSet? start = null)
    {
        ArgumentNullException.ThrowIfNull(reference);
        if (!(rate is > 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(rate), rate, "μ, the EMA rate, must be in (0, 1]. For an anchor that stays, use FixedAnchor.");
        _reference = reference;
        Rate = rate;
        if (reference.Weights.Any(t => t.Tensor.is_floating_point() && t.Tensor.dtype is not (ScalarType.Float32 or ScalarType.Float64)))
            _shadow = reference.Weights.AtFullPrecision(start ?? reference.Weights);
        else if (start is not null)
            reference.Weights.CopyFrom(start);
    }

    /// <summary>μ.</summary>
    public double Rate { get; }

    /// <summary>The weights that the log-probabilities come from: the average, rounded to the reference's type.</summary>
    internal ParameterSet Reference => _reference.Weights;

    /// <inheritdoc/>
    public ParameterSet Weights => _shadow ?? _reference.Weights;

    /// <inheritdoc/>
    public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var noGradient = no_grad();
        return _reference.LogProbabilities(rollouts, temperature);
    }

    /// <summary>θ_ema ← (1−μ) θ_ema + μ θ over the policy's trainable tensors, matched by name.</summary>
    /// <param name="policy">θ after the optimizer step. Not changed.</param>
    /// <exception cref="ParameterMismatchException">Names, ties or shapes differ from the anchor's; nothing was changed.</exception>
    /// <exception cref="ArgumentException">The reference is the policy itself, or shares weights with it; nothing was changed.</exception>
    public void Update(ParameterSet policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Check(policy);
        if (_moved.Count == 0)
            _moved = policy.Trainable.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var entry in policy.Trainable)
            WeightMath.MoveTowards(Weights[entry.Name].Tensor, entry.Tensor, Rate);
        if (_shadow is not null)
            _reference.Weights.CopyFrom(_shadow);
    }

    /// <summary>The average, once it has moved.</summary>
    public AnchorState Save() => new(_moved.Count == 0 ? null : Weights.Only(t => _moved.Contains(t.Name)));

    /// <inheritdoc/>
    public void Restore(AnchorState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        using var noGradient = no_grad();
        foreach (var entry in state.Weights ?? Enumerable.Empty<NamedTensor>())
            Weights[entry.Name].Tensor.copy_(entry.Tensor);
        _moved = (state.Weights ?? Enumerable.Empty<NamedTensor>()).Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        if (_shadow is not null)
            _reference.Weights.CopyFrom(_shadow);
    }

    /// <summary>Disposes the average and the reference policy.</summary>
    public void Dispose()
    {
        _shadow?.Dispose();
        _reference.Dispose();
    }

    private void Check(ParameterSet policy)
    {
        if (ParameterLayout.Differences(Weights, policy, "the anchor", "the policy", strict: false).ToList() is { Count: > 0 } differences)
            throw new ParameterMismatchException(differences, Weights.Count);
        if (TiedTensors.SharedTrainable(policy, _reference.Weights) is { } shared)
            throw new ArgumentException(SharedWeights.Message("The anchor", shared), nameof(policy));
    }
}
