using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Teaches a reward model by labelled texts or by preferences, and measures how often it is right.</summary>
public static class RewardTraining
{
    /// <summary>Trains the model's weights in place, on binary cross-entropy: −log σ(r) of good texts, −log σ(−r) of bad ones.</summary>
    /// <param name="model">The model, with float32 weights; it stays the caller's.</param>
    /// <param name="examples">At least one.</param>
    /// <param name="random">The only source of the order of the examples; one number is drawn from it. Equal streams give equal models.</param>
    /// <param name="options">The settings; null takes the defaults.</param>
    /// <param name="progress">Told after every step, on this thread.</param>
    /// <param name="cancellationToken">Ends the training between steps; the weights keep what they have learnt.</param>
    /// <returns>Every step, in order.</returns>
    /// <exception cref="ArgumentException">
    /// There are no examples, one has no tokens or too many, an option is out of range, or the weights are not float32.
    /// </exception>
    /// <exception cref="InvalidOperationException">The loss or the gradient is not finite; the weights are those before that step.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static IReadOnlyList<RewardTrainingStep> TrainOnLabels(
        SequenceClassifierRewardModel model,
        IReadOnlyList<LabelledText> examples,
        RandomStream random,
        RewardTrainingOptions? options = null,
        IProgress<RewardTrainingStep>? progress = null,
        CancellationToken cancellationToken = default) =>
        Train(model, () => RewardExample.Of(model, examples), random, options, progress, cancellationToken);

    /// <summary>Trains the model's weights in place, on preferences: −log σ(r_chosen − r_rejected) (Bradley and Terry, 1952).</summary>
    /// <inheritdoc cref="TrainOnLabels"/>
    public static IReadOnlyList<RewardTrainingStep> TrainOnPreferences(
        SequenceClassifierRewardModel model,
        IReadOnlyList<PreferencePair> examples,
        RandomStream random,
        RewardTrainingOptions? options = null,
        IProgress<RewardTrainingStep>? progress = null,
        CancellationToken cancellationToken = default) =>
        Train(model, () => RewardExample.Of(model, examples), random, options, progress, cancellationToken);

    /// <summary>How often the model is right: a good text has a reward above 0, a bad one below. A reward of exactly 0 is wrong.</summary>
    /// <param name="model">The model.</param>
    /// <param name="examples">At least one; those that the model was not trained on, to know what it is worth.</param>
    /// <param name="cancellationToken">Ends the work between passes through the model.</param>
    /// <exception cref="ArgumentException">There are no examples, or one has no tokens or too many.</exception>
    /// <exception cref="InvalidOperationException">A reward is not finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static RewardAccuracy EvaluateOnLabels(
        SequenceClassifierRewardModel model, IReadOnlyList<LabelledText> examples, CancellationToken cancellationToken = default) =>
        Evaluate(model, RewardExample.Of(model, examples), cancellationToken);

    /// <summary>How often the model is right: the chosen answer has the greater reward. Equal rewards are wrong.</summary>
    /// <inheritdoc cref="EvaluateOnLabels"/>
    public static RewardAccuracy EvaluateOnPreferences(
        SequenceClassifierRewardModel model, IReadOnlyList<PreferencePair> examples, CancellationToken cancellationToken = default) =>
        Evaluate(model, RewardExample.Of(model, examples), cancellationToken);

    private static IReadOnlyList<RewardTrainingStep> Train(
        SequenceClassifierRewardModel model,
        Func<RewardExample[]> examples,
        RandomStream random,
        RewardTrainingOptions? options,
        IProgress<RewardTrainingStep>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(random);
        options ??= new RewardTrainingOptions();
        options.Validate();
        return ExampleTraining.Run(
            model.Weights,
            examples(),
            random,
            options,
            batch => Backward(model, batch),
            step => new RewardTrainingStep(
                step.Step, step.Steps, step.Epoch, step.Batch.Loss, step.Batch.Correct, step.Batch.Tokens, step.GradientNorm, step.LearningRate),
            progress,
            cancellationToken);
    }

    private static BatchLoss Backward(SequenceClassifierRewardModel model, RewardExample[] batch)
    {
        using var divisor = batch.Length.ToScalar();
        var (loss, correct) = (0.0, 0);
        foreach (var part in Parts(model, batch))
        {
            using var scope = NewDisposeScope();
            var margins = Margins(model, part);
            var sum = nn.functional.logsigmoid(margins).sum().neg();
            sum.div(divisor).backward();
            loss += sum.item<float>() / batch.Length;
            correct += (int)margins.gt(HeldScalars.Zero).sum().item<long>();
        }

        return new(loss, batch.Sum(e => e.Tokens), (double)correct / batch.Length);
    }

    private static RewardAccuracy Evaluate(SequenceClassifierRewardModel model, RewardExample[] examples, CancellationToken cancellationToken)
    {
        using var noGradient = no_grad();
        var correct = 0;
        foreach (var part in Parts(model, examples))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var margins = Margins(model, part);
            if (!margins.isfinite().all().item<bool>())
                throw new InvalidOperationException("A reward is not finite: the model's weights have diverged or were not loaded. Lower the learning rate, or check the checkpoint.");
            correct += (int)margins.gt(HeldScalars.Zero).sum().item<long>();
        }

        return new(correct, examples.Length);
    }

    private static IEnumerable<RewardExample[]> Parts(SequenceClassifierRewardModel model, RewardExample[] examples) =>
        TokenBatch.Group(examples.Length, i => examples[i].Longest, examples[0].Texts.Count, model.Options.TokensPerBatch)
            .Select(group => Array.ConvertAll(group, i => examples[i]));

    /// <summary>[examples]: Σ signᵢ · rᵢ of each.</summary>
    private static Tensor Margins(SequenceClassifierRewardModel model, RewardExample[] examples)
    {
        var scores = model.Classifier.Scores(model.Batch([.. examples.SelectMany(e => e.Texts)]));
        var signs = tensor([.. examples.SelectMany(e => e.Signs)], device: scores.device);
        return scores.mul(signs).view(examples.Length, -1).sum(1);
    }
}
