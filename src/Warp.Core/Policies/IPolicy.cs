using static TorchSharp.torch;

namespace Warp;

/// <summary>A language model that can be sampled, scored and trained (π_θ in the paper). Wrap any TorchSharp module with it.</summary>
/// <remarks>
/// Padding is the policy's own affair: prompts and completions come and go without it, and a rollout must score the same in any batch.
/// Dropout and the like are off in all members. One policy is used by one thread at a time.
/// </remarks>
public interface IPolicy : IDisposable
{
    /// <summary>The live weights: training changes these tensors, and whatever writes to them changes the policy.</summary>
    ParameterSet Weights { get; }

    /// <summary>Samples one completion for each prompt.</summary>
    /// <param name="prompts">At least one.</param>
    /// <param name="sampling">Temperature and greatest length.</param>
    /// <param name="random">The only source of randomness. Equal streams give equal completions.</param>
    /// <param name="cancellationToken">Ends the work between tokens.</param>
    /// <returns>One completion per prompt, in order.</returns>
    /// <exception cref="ArgumentException">There are no prompts, or one does not fit the model.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    IReadOnlyList<Completion> Generate(
        IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken = default);

    /// <summary>log π_θ(yₜ | x, y₍ₛ﹤ₜ₎) of each generated token, in nats, at a temperature; differentiable with respect to the weights.</summary>
    /// <param name="rollouts">At least one.</param>
    /// <param name="temperature">The temperature that logits are divided by; above 0.</param>
    /// <returns>
    /// A float32 tensor of shape [rollouts, longest completion]; entries beyond a completion's length are exactly 0. The caller disposes it.
    /// </returns>
    /// <exception cref="ArgumentException">There are no rollouts, one does not fit the model, or the temperature is out of range.</exception>
    Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature);
}
