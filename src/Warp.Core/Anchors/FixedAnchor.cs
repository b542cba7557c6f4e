using static TorchSharp.torch;

namespace Warp;

/// <summary>An anchor that stays where it is: the usual RLHF, with θ_sft as the reference. The paper's baseline for the EMA anchor.</summary>
public sealed class FixedAnchor : IAnchor
{
    private readonly IPolicy _reference;

    /// <summary>Creates the anchor.</summary>
    /// <param name="reference">A policy with the weights to stay near to; the anchor takes it over and disposes it.</param>
    public FixedAnchor(IPolicy reference)
    {
        ArgumentNullException.ThrowIfNull(reference);
        _reference = reference;
    }

    /// <inheritdoc/>
    public ParameterSet Weights => _reference.Weights;

    /// <inheritdoc/>
    public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var noGradient = no_grad();
        return _reference.LogProbabilities(rollouts, temperature);
    }

    /// <summary>Does nothing.</summary>
    /// <param name="policy">Ignored.</param>
    public void Update(ParameterSet policy)
    {
    }

    /// <summary>Disposes the reference policy.</summary>
    public void Dispose() => _reference.Dispose();
}
