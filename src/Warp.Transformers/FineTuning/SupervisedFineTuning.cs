using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Teaches a policy by examples: least −log p of the tokens that should follow, by Adam. It makes the start (θ_sft) that RLHF needs.</summary>
public static class SupervisedFineTuning
{
    /// <summary>Trains the policy's weights in place.</summary>
    /// <param name="policy">The policy, with float32 weights; it stays the caller's.</param>
    /// <param name="examples">
    /// At least one: prompts and the completions to learn, with their end tokens (<see cref="TokenizerExtensions.Example"/> makes them of text).
    /// </param>
    /// <param name="random">The only source of the order of the examples; one number is drawn from it.</param>
    /// <param name="options">The settings; null takes the defaults.</param>
    /// <param name="progress">Told after every step, on this thread.</param>
    /// <param name="cancellationToken">Ends the training between steps; the weights keep what they have learnt.</param>
    /// <returns>Every step, in order.</returns>
    /// <exception cref="ArgumentException">
    /// There are no examples, one does not fit the model, an option is out of range, or the weights to train are none or not float32.
    /// </exception>
    /// <exception cref="InvalidOperationException">The loss or the gradient is not finite; the weights are those before that step.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<SupervisedFineTuningStep> Train(
        IPolicy policy,
        IReadOnlyList<Rollout> examples,
        RandomStream random,
        SupervisedFineTuningOptions? options = null,
        IProgress<SupervisedFineTuningStep>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentNullException.ThrowIfNull(random);
        options ??= new SupervisedFineTuningOptions();
        options.Validate();
        if (examples.Count == 0)
            throw new ArgumentException("There are no examples; give at least one.", nameof(examples));
        // Other policies refuse for themselves, but not before the step that the example is in.
        if (policy is CausalLmPolicy { Decoder.Config: var config })
            PolicyInput.Check(examples, temperature: 1, config);

        return ExampleTraining.Run(
            policy.Weights,
            options.LearnPrompts ? examples.Select(WithPromptLearnt) : examples,
            random,
            options,
            batch => Backward(policy, batch),
            step => new SupervisedFineTuningStep(step.Step, step.Steps, step.Epoch, step.Batch.Loss, step.Batch.Tokens, step.GradientNorm, step.LearningRate),
            progress,
            cancellationToken);
    }

    private static BatchLoss Backward(IPolicy policy, Rollout[] batch)
    {
        using var scope = NewDisposeScope();
        var tokens = batch.Sum(rollout => rollout.Completion.TokenIds.Count);
        // Entries after the end of a completion are exactly 0, so that the sum is over learnt tokens only.
        using var divisor = (-tokens).ToScalar();
        var loss = policy.LogProbabilities(batch, temperature: 1).sum().div(divisor);
        loss.backward();
        return new(loss.item<float>(), tokens);
    }

    /// <summary>The first token has nothing before it and cannot be predicted; all others become the completion.</summary>
    private static Rollout WithPromptLearnt(Rollout example)
    {
        var (prompt, completion) = (example.Prompt, example.Completion);
        return new Rollout(
            new Prompt(prompt.Text, [prompt.TokenIds[0]]),
            new Completion(completion.Text, [.. prompt.TokenIds.Skip(1), .. completion.TokenIds], completion.IsTruncated));
    }
}
