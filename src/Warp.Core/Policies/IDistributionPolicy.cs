using static TorchSharp.torch;

namespace Warp;

/// <summary>A policy that can give its whole distribution over the vocabulary, from which the KL is measured with less variance.</summary>
public interface IDistributionPolicy : IPolicy
{
    /// <summary>log π_θ(v | x, y₍ₛ﹤ₜ₎) for every token v of the vocabulary at every prefix of every completion, in nats.</summary>
    /// <param name="rollouts">At least one.</param>
    /// <param name="temperature">The temperature that logits are divided by; above 0.</param>
    /// <returns>
    /// A float32 tensor of shape [sum of the completions' lengths, vocabulary], the rows in the order of the rollouts and then of their
    /// tokens. The caller disposes it.
    /// </returns>
    /// <exception cref="ArgumentException">As for <see cref="IPolicy.LogProbabilities"/>.</exception>
    Tensor LogDistributions(IReadOnlyList<Rollout> rollouts, double temperature);
}
