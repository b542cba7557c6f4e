using static TorchSharp.torch;

namespace Warp;

/// <summary>What the KL penalty is measured against while a policy is trained.</summary>
public interface IAnchor : IDisposable
{
    /// <summary>The anchor's weights, live; trainable tensors are at least float32 whatever the policy's type, unless the anchor never moves.</summary>
    ParameterSet Weights { get; }

    /// <summary>log π_anchor of each generated token, in nats, without gradient; otherwise as <see cref="IPolicy.LogProbabilities"/>.</summary>
    /// <param name="rollouts">At least one.</param>
    /// <param name="temperature">The temperature that logits are divided by; above 0.</param>
    /// <returns>A float32 tensor of shape [rollouts, longest completion]; the caller disposes it.</returns>
    Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature);

    /// <summary>Follows the policy, or does not. Called once after each optimizer step.</summary>
    /// <param name="policy">The policy's weights after the step. Not changed.</param>
    void Update(ParameterSet policy);
}
