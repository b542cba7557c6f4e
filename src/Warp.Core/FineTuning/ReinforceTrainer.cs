using MathNet.Numerics.Statistics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// Fine-tunes a policy by REINFORCE on the KL-regularised reward r(x, y) − β (log π_θ(y|x) − log π_anchor(y|x)) (paper, Algorithm 1, lines 3–9).
/// </summary>
/// <remarks>
/// The penalty is part of the reward: detached, per sequence, before the baseline. The gradient is the mean over completions of
/// (r_β − baseline) · ∇ log π_θ(y|x), with no division by length. Usable alone; <see cref="WarpLoop"/> runs M of them per iteration.
/// </remarks>
public sealed class ReinforceTrainer
{
    // Labels of a run's random streams: part of what a seed means, never to be renumbered.
    private const ulong OrderStream = 1;
    private const ulong SamplingStream = 2;

    private readonly IPolicy _policy;
    private readonly IAnchor _anchor;
    private readonly IRewardModel _reward;
    private readonly IReadOnlyList<Prompt> _prompts;
    private readonly ReinforceOptions _options;

    /// <summary>Creates a trainer.</summary>
    /// <param name="policy">The policy to train, in place. It stays the caller's.</param>
    /// <param name="anchor">What the KL is measured against; must not share weights with the policy. It stays the caller's.</param>
    /// <param name="reward">Scores completions.</param>
    /// <param name="prompts">The training prompts, at least one.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    /// <exception cref="ArgumentException">There are no prompts, no trainable weights, or the anchor's weights are the policy's own.</exception>
    public ReinforceTrainer(
        IPolicy policy, IAnchor anchor, IRewardModel reward, IReadOnlyList<Prompt> prompts, ReinforceOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(anchor);
        ArgumentNullException.ThrowIfNull(reward);
        ArgumentNullException.ThrowIfNull(prompts);
        options ??= new ReinforceOptions();
        options.Validate();
        if (prompts.Count == 0)
            throw new ArgumentException("There are 0 prompts to train on; give at least 1.", nameof(prompts));
        if (!policy.Weights.Trainable.Any())
            throw new ArgumentException("The policy has no trainable weights: no parameter asks for a gradient.", nameof(policy));
        if (prompts.Contains(null!))
            throw new ArgumentException($"Prompt {prompts.TakeWhile(p => p is not null).Count()} of {prompts.Count} is null.", nameof(prompts));
        if (TiedTensors.SharedTrainable(policy.Weights, (anchor as EmaAnchor)?.Reference ?? anchor.Weights) is { } shared)
            throw new ArgumentException(SharedWeights.Message("The anchor", shared), nameof(anchor));
        (_policy, _anchor, _reward, _prompts, _options) = (policy, anchor, reward, prompts, options);
    }

    /// <summary>Evaluates the policy on held-out prompts and watches the KL ceiling; null, the default, for neither.</summary>
    public PolicyEvaluator? Evaluator { get; init; }

    /// <summary>
    /// Where to start, at full precision; null, the default, starts from the policy's weights as they are. It matters for policies narrower than
    /// float32, whose own weights are rounded. Lent for the run; not changed.
    /// </summary>
    public ParameterSet? Start { get; init; }

    /// <summary>Receives messages; none by default.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The clock of the durations in the report. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Trains. The optimizer starts fresh; the policy ends with the weights of <see cref="ReinforceReport.FinalStep"/>.</summary>
    /// <param name="seed">The run's randomness: order of the prompts and sampling. One seed, one result.</param>
    /// <param name="progress">Told after every step, on the run's thread.</param>
    /// <param name="cancellationToken">Ends the run within one step; the policy keeps the weights of the last full step.</param>
    /// <returns>Everything measured.</returns>
    /// <exception cref="RewardException">The reward model failed or returned NaN, infinite, missing or surplus rewards; prompt and completion are named.</exception>
    /// <exception cref="TrainingDivergedException">The gradient is NaN or infinite; the step was not applied.</exception>
    /// <exception cref="InvalidOperationException">
    /// The policy or the anchor returned something else than its interface promises, or the evaluator's reference shares weights with the policy.
    /// </exception>
    /// <exception cref="ParameterMismatchException"><see cref="Start"/> does not fit the policy.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<ReinforceReport> RunAsync(
        ulong seed, IProgress<ReinforceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var outcome = await RunForWeightsAsync(seed, progress, cancellationToken).ConfigureAwait(false);
        outcome.Weights.Dispose();
        return outcome.Report;
    }

    /// <summary>As <see cref="RunAsync"/>, and gives the final weights at full precision: float32 where the policy's type is narrower.</summary>
    /// <param name="seed">As for <see cref="RunAsync"/>.</param>
    /// <param name="progress">As for <see cref="RunAsync"/>.</param>
    /// <param name="cancellationToken">As for <see cref="RunAsync"/>.</param>
    /// <returns>The weights, which the caller disposes, and everything measured.</returns>
    public Task<RunOutcome> RunForWeightsAsync(
        ulong seed, IProgress<ReinforceProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (Evaluator is not null && TiedTensors.SharedTrainable(_policy.Weights, Evaluator.Reference.Weights) is { } shared)
            throw new InvalidOperationException(SharedWeights.Message("The evaluator's reference", shared));
        return ComputeThread.RunAsync(_options.TorchThreads, () => Run(seed, progress, cancellationToken), cancellationToken);
    }

    private RunOutcome Run(ulong seed, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken)
    {
        var started = Time.GetTimestamp();
        var random = new RandomStream(seed);
        var order = new PromptOrder(_prompts.Count, random.Fork(OrderStream));
        var sampling = random.Fork(SamplingStream);
        var baseline = new BaselineEstimator(_options.Baseline, _options.BaselineDecay);
        var steps = new List<StepMetrics>(_options.Steps);
        var evaluations = new List<StepEvaluation>();
        var stop = StopReason.Completed;
        using var optimizer = new PolicyOptimizer(_policy.Weights, _options, Start);
        using var lastGood = new LastGoodWeights(optimizer, keep: Evaluator is not null && _options.KlCeiling is not null);

        for (var t = 1; t <= _options.Steps && stop == StopReason.Completed; t++)
        {
            var metrics = Step(t, order, sampling.Fork((ulong)t), baseline, optimizer, cancellationToken);
            steps.Add(metrics);
            Log.StepTaken(Logger, t, _options.Steps, metrics.Reward, metrics.KlToAnchor, metrics.GradientNorm);

            PolicyEvaluation? evaluation = null;
            if (Evaluator is not null && (t % _options.EvaluationInterval == 0 || t == _options.Steps))
            {
                evaluation = Evaluator.Evaluate(_policy, cancellationToken);
                evaluations.Add(new StepEvaluation(t, evaluation));
                Log.Evaluated(Logger, t, _options.Steps, evaluation);
                if (_options.KlCeiling is { } ceiling && !(evaluation.Kl.Mean < ceiling))
                {
                    stop = StopReason.KlCeiling;
                    lastGood.Restore();
                    Log.KlCeilingReached(Logger, t, evaluation.Kl.Mean, ceiling, lastGood.Step);
                }
                else
                {
                    lastGood.Keep(t);
                }
            }

            progress?.Report(new ReinforceProgress(t, _options.Steps, metrics, evaluation));
        }

        var report = new ReinforceReport
        {
            Seed = seed,
            StopReason = stop,
            FinalStep = stop == StopReason.Completed ? _options.Steps : lastGood.Step,
            Steps = steps,
            Evaluations = evaluations,
            Duration = Time.GetElapsedTime(started),
        };
        return new RunOutcome(optimizer.Weights.Clone(), report);
    }

    private StepMetrics Step(
        int step, PromptOrder order, RandomStream sampling, BaselineEstimator baseline, PolicyOptimizer optimizer, CancellationToken cancellationToken)
    {
        var started = Time.GetTimestamp();
        cancellationToken.ThrowIfCancellationRequested();

        // y ~ π_θ(·|x), k completions per prompt
        var (rollouts, prompts) = Sample(order, sampling, cancellationToken);
        var rewards = ComputeThread.Wait(RewardCheck.ScoreAsync(_reward, rollouts, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();

        var scorable = Enumerable.Range(0, rollouts.Length).Where(i => rewards[i].IsScored).ToArray();
        var scored = scorable.Select(i => rollouts[i]).ToArray();
        var values = scorable.Select(i => rewards[i].Value).ToArray();
        double[] logRatios = [];
        var (norm, used) = (0.0, 0);
        if (scored.Length > 0)
        {
            using var scope = NewDisposeScope();
            using var gradient = new PolicyGradient(_policy, scored, _options);

            // r_β = r − β (log π_θ − log π_anchor), detached; then the baseline
            var anchored = PolicyGradient.SequenceLogProbabilities(_anchor, scored, _options, _anchor.LogProbabilities);
            logRatios = [.. gradient.LogProbabilities.Zip(anchored, (p, a) => p - a)];
            var regularised = values.Zip(logRatios, (r, kl) => r - _options.KlCoefficient * kl).ToArray();
            var advantages = baseline.Advantages(regularised, [.. scorable.Select(i => prompts[i])]);
            used = advantages.Count(a => a is not null);

            // θ ← Opt(θ, (r_β − baseline) ∇ log π_θ), then θ_ema ← (1−μ) θ_ema + μ θ
            if (used > 0)
            {
                optimizer.ZeroGradients();
                gradient.Backward([.. advantages.Select(a => (a ?? 0) / used)]);
                norm = optimizer.Step(step);
                if (!double.IsFinite(norm))
                    throw Diverged(step, norm, regularised);
                _anchor.Update(optimizer.Weights);
            }
        }

        if (used == 0)
            Log.NothingToLearnFrom(Logger, step, rollouts.Length - scored.Length, rollouts.Length);

        return new StepMetrics
        {
            Step = step,
            Reward = values.Mean(),
            RewardDeviation = values.Length > 1 ? values.StandardDeviation() : 0,
            KlToAnchor = logRatios.Mean(),
            KlToAnchorPerToken = scored.Length == 0 ? double.NaN : logRatios.Sum() / scored.Sum(r => r.Completion.TokenIds.Count),
            Length = rollouts.Average(r => r.Completion.TokenIds.Count),
            TruncatedShare = rollouts.Average(r => r.Completion.IsTruncated ? 1.0 : 0.0),
            NotScorable = rollouts.Length - scored.Length,
            Used = used,
            GradientNorm = norm,
            LearningRate = PolicyOptimizer.LearningRate(step, _options),
            Tokens = rollouts.Sum(r => r.Completion.TokenIds.Count),
            Duration = Time.GetElapsedTime(started),
        };
    }

    private (Rollout[] Rollouts, int[] Prompts) Sample(PromptOrder order, RandomStream sampling, CancellationToken cancellationToken)
    {
        var prompts = Enumerable.Range(0, _options.PromptsPerStep)
            .SelectMany(p => Enumerable.Repeat((Slot: p, Prompt: _prompts[order.Next()]), _options.CompletionsPerPrompt)).ToArray();
        var completions = _policy.Generate([.. prompts.Select(p => p.Prompt)], _options.Sampling, sampling, cancellationToken);
        return (PolicyOutput.Rollouts(_policy, [.. prompts.Select(p => p.Prompt)], completions), [.. prompts.Select(p => p.Slot)]);
    }

    private static TrainingDivergedException Diverged(int step, double norm, double[] regularised) => new(
        $"The gradient's norm is {norm} at step {step} (KL-regularised rewards from {regularised.Minimum()} to {regularised.Maximum()}); the step was "
        + $"not applied. Try a smaller {nameof(ReinforceOptions.LearningRate)}, a larger {nameof(ReinforceOptions.KlCoefficient)} or rewards of a smaller scale.");
}
