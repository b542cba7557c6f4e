using TorchSharp.Modules;
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

        var parameters = Trainable(policy);
        Rollout[] order = [.. options.LearnPrompts ? examples.Select(WithPromptLearnt) : examples];
        var perEpoch = (order.Length + options.BatchSize - 1) / options.BatchSize;
        var steps = checked(perEpoch * options.Epochs);
        var log = new List<SupervisedFineTuningStep>(steps);
        var orders = new RandomStream(random.NextUInt64());
        using var optimizer = optim.Adam(parameters, options.LearningRate);
        try
        {
            for (var step = 0; step < steps; step++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (step % perEpoch == 0)
                    orders.Shuffle<Rollout>(order);
                Rollout[] batch = [.. order.Skip(step % perEpoch * options.BatchSize).Take(options.BatchSize)];
                log.Add(Step(policy, parameters, optimizer, batch, options, step, steps, perEpoch));
                progress?.Report(log[^1]);
            }
        }
        finally
        {
            // Whoever trains the policy next starts without these.
            Forget(parameters);
        }

        return log;
    }

    private static SupervisedFineTuningStep Step(
        IPolicy policy,
        Parameter[] parameters,
        Adam optimizer,
        Rollout[] batch,
        SupervisedFineTuningOptions options,
        int step,
        int steps,
        int perEpoch)
    {
        using var scope = NewDisposeScope();
        var tokens = batch.Sum(rollout => rollout.Completion.TokenIds.Count);
        // Entries after the end of a completion are exactly 0, so that the sum is over learnt tokens only.
        var loss = policy.LogProbabilities(batch, temperature: 1).sum().div(-tokens);
        Forget(parameters);
        loss.backward();
        var norm = nn.utils.clip_grad_norm_(parameters, options.MaxGradientNorm);
        var value = loss.item<float>();
        if (!float.IsFinite(value) || !double.IsFinite(norm))
        {
            throw new InvalidOperationException(
                $"Step {step + 1} of {steps}: the loss is {value} and the gradient's norm {norm}; both must be finite. The weights are those before this step. "
                + $"Lower {nameof(options.LearningRate)} ({options.LearningRate}) or {nameof(options.MaxGradientNorm)} ({options.MaxGradientNorm}).");
        }

        var rate = options.LearningRateAt(step, steps);
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = rate;
        optimizer.step();
        return new(step + 1, steps, step / perEpoch + 1, value, tokens, norm, rate);
    }

    private static Parameter[] Trainable(IPolicy policy)
    {
        var trainable = policy.Weights.Trainable.ToArray();
        if (trainable.Length == 0)
            throw new ArgumentException("The policy has no trainable weights; at least one parameter must ask for a gradient.", nameof(policy));
        return Array.ConvertAll(trainable, entry => entry switch
        {
            { Tensor.dtype: not ScalarType.Float32 } => throw new ArgumentException(
                $"'{entry.Name}' is {entry.Tensor.dtype}; weights are trained in Float32, because smaller types round most of a step away. "
                + "Train a Float32 copy and convert the result.",
                nameof(policy)),
            { Tensor: Parameter parameter } => parameter,
            _ => throw new ArgumentException($"'{entry.Name}' is trainable but no parameter of a module.", nameof(policy)),
        });
    }

    /// <summary>The first token has nothing before it and cannot be predicted; all others become the completion.</summary>
    private static Rollout WithPromptLearnt(Rollout example)
    {
        var (prompt, completion) = (example.Prompt, example.Completion);
        return new Rollout(
            new Prompt(prompt.Text, [prompt.TokenIds[0]]),
            new Completion(completion.Text, [.. prompt.TokenIds.Skip(1), .. completion.TokenIds], completion.IsTruncated));
    }

    private static void Forget(Parameter[] parameters)
    {
        foreach (var parameter in parameters)
        {
            using var gradient = parameter.grad;
            parameter.grad = null;
        }
    }
}
