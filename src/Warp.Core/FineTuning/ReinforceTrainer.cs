using System.Diagnostics;
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

    /// <summary>
    /// Keeps the state of the run, so that it can go on after its process has ended: call <see cref="RunAsync"/> again with a new policy and anchor,
    /// made as the first were. Null, the default, for none.
    /// </summary>
    public IRunStateStore? States { get; init; }

    /// <summary>Which run this is, for measurements and messages.</summary>
    internal TagList Tags { get; init; }

    /// <summary>Trains. The optimizer starts fresh; the policy ends with the weights of <see cref="ReinforceReport.FinalStep"/>.</summary>
    /// <param name="seed">The run's randomness: order of the prompts and sampling. One seed, one result.</param>
    /// <param name="progress">Told after every step, on the run's thread.</param>
    /// <param name="cancellationToken">Ends the run within one step, after its state has been saved; the policy keeps the weights of the last full step.</param>
    /// <returns>Everything measured.</returns>
    /// <exception cref="RewardException">The reward model failed or returned NaN, infinite, missing or surplus rewards; prompt and completion are named.</exception>
    /// <exception cref="TrainingDivergedException">
    /// A gradient is NaN or infinite, or a weight would be, and <see cref="ReinforceOptions.NonFinite"/> says to stop; the step was not applied.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The policy or the anchor returned something else than its interface promises (<see cref="NonFiniteOutputException"/>: log-probabilities that are not
    /// finite, and <see cref="ReinforceOptions.NonFinite"/> says to stop), the evaluator's reference shares weights with the policy, or the interval of
    /// <see cref="States"/> is below 1.
    /// </exception>
    /// <exception cref="ParameterMismatchException"><see cref="Start"/> does not fit the policy.</exception>
    /// <exception cref="CheckpointStoreException">The run's state could not be saved.</exception>
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
        if (States is { Interval: < 1 and var interval })
            throw new InvalidOperationException($"{States.GetType().Name}.{nameof(IRunStateStore.Interval)} is {interval}; it must be at least 1.");
        var started = Time.GetTimestamp();
        using var run = new ReinforceRun(
            _policy, _anchor, _prompts.Count, _options, Start, seed, keepLastGood: Evaluator is not null && _options.KlCeiling is not null);
        if (States is not null)
            run.WatchAnchor();
        using (var state = States?.Load())
        {
            if (state is not null)
                run.Resume(state);
        }

        var watch = new RunWatch(_options, run.Steps, run.Evaluations, run.IsConcluded ? run.Step : run.Step - 1);
        var saved = run.Step;
        try
        {
            if (!run.IsConcluded)
                Conclude();
            while (run.Step < _options.Steps && run.Stop == StopReason.Completed)
            {
                run.Commit(Telemetry.InSpan("warp.step", [], () => Step(run, cancellationToken)));
                Conclude();
                if (States is not null && run.Step % States.Interval == 0 && run.Step < _options.Steps && run.Stop == StopReason.Completed)
                {
                    States.Save(run.Save(Elapsed()));
                    saved = run.Step;
                }
            }
        }
        catch (Exception failure)
        {
            if (States is not null && run.IsWhole && run.Step > saved && failure is not CheckpointStoreException)
                SaveAtLast(run, Elapsed());
            throw;
        }

        var report = new ReinforceReport
        {
            Seed = seed,
            StopReason = run.Stop,
            FinalStep = run.Stop == StopReason.Completed ? run.Step : run.LastGood.Step,
            Steps = run.Steps,
            Evaluations = run.Evaluations,
            Warnings = watch.Said,
            Duration = Elapsed(),
        };
        return new RunOutcome(run.Optimizer.Weights.Clone(), report);

        TimeSpan Elapsed() => run.ElapsedBefore + Time.GetElapsedTime(started);

        void Conclude()
        {
            var evaluation = Evaluate(run, cancellationToken);
            foreach (var warning in watch.Look())
                Log.Signature(Logger, warning);
            progress?.Report(new ReinforceProgress(run.Step, _options.Steps, run.Steps[^1], evaluation));
            run.IsConcluded = true;
        }
    }

    /// <summary>What is due after a step: a held-out evaluation and the look at the ceiling.</summary>
    private PolicyEvaluation? Evaluate(ReinforceRun run, CancellationToken cancellationToken)
    {
        var t = run.Step;
        if (run.Evaluations is [.., var last] && last.Step == t)
            return last.Evaluation; // It was made, but whoever is told of it failed.
        if (Evaluator is null || (t % _options.EvaluationInterval != 0 && t != _options.Steps))
            return null;
        var evaluation = Evaluator.Evaluate(_policy, cancellationToken);
        run.Evaluations.Add(new StepEvaluation(t, evaluation));
        Log.Evaluated(Logger, t, _options.Steps, evaluation);
        Telemetry.Record(evaluation, Tags);
        if (_options.KlCeiling is { } ceiling && !(evaluation.Kl.Mean < ceiling))
        {
            run.Stop = StopReason.KlCeiling;
            run.LastGood.Restore();
            Log.KlCeilingReached(Logger, t, evaluation.Kl.Mean, ceiling, run.LastGood.Step);
        }
        else
        {
            run.LastGood.Keep(t);
        }

        return evaluation;
    }

    /// <summary>Saves what there is before an error or a cancellation goes on its way, which a second error must not hide.</summary>
    private void SaveAtLast(ReinforceRun run, TimeSpan elapsed)
    {
        try
        {
            States!.Save(run.Save(elapsed));
        }
        catch (Exception failure) when (failure is CheckpointStoreException or InvalidOperationException)
        {
            Log.NotSavedAtLast(Logger, run.Step, failure);
        }
    }

    private StepMetrics Step(ReinforceRun run, CancellationToken cancellationToken)
    {
        var started = Time.GetTimestamp();
        var step = run.Step + 1;
        cancellationToken.ThrowIfCancellationRequested();

        // y ~ π_θ(·|x), k completions per prompt
        var (rollouts, prompts) = Sample(run.Order, run.NextSampling(), cancellationToken);
        var rewards = ComputeThread.Wait(RewardCheck.ScoreAsync(_reward, rollouts, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();

        var scorable = Enumerable.Range(0, rollouts.Length).Where(i => rewards[i].IsScored).ToArray();
        var scored = scorable.Select(i => rollouts[i]).ToArray();
        var values = scorable.Select(i => rewards[i].Value).ToArray();
        var update = scored.Length > 0 ? Update(run, scored, values, [.. scorable.Select(i => prompts[i])]) : new([], 0, 0, NotFinite: null);
        if (update.NotFinite is not null)
        {
            run.Baseline.Average = run.AverageBefore;
            Log.StepSkipped(Logger, update.NotFinite);
        }
        else if (update.Used == 0)
        {
            Log.NothingToLearnFrom(Logger, step, rollouts.Length - scored.Length, rollouts.Length);
        }

        var logRatios = update.LogRatios;
        var metrics = new StepMetrics
        {
            Step = step,
            Reward = values.Mean(),
            RewardDeviation = values.Length > 1 ? values.StandardDeviation() : 0,
            KlToAnchor = logRatios.Mean(),
            KlToAnchorPerToken = logRatios.Length == 0 ? double.NaN : logRatios.Sum() / scored.Sum(r => r.Completion.TokenIds.Count),
            Length = rollouts.Average(r => r.Completion.TokenIds.Count),
            TruncatedShare = rollouts.Average(r => r.Completion.IsTruncated ? 1.0 : 0.0),
            NotScorable = rollouts.Length - scored.Length,
            Used = update.NotFinite is null ? update.Used : 0,
            IsSkipped = update.NotFinite is not null,
            GradientNorm = update.Norm,
            LearningRate = PolicyOptimizer.LearningRate(step, _options),
            Tokens = rollouts.Sum(r => r.Completion.TokenIds.Count),
            Duration = Time.GetElapsedTime(started),
        };
        Log.StepTaken(Logger, step, _options.Steps, metrics.Reward, metrics.KlToAnchor, metrics.GradientNorm);
        Telemetry.Record(metrics, Tags);
        return metrics;
    }

    /// <summary>The update of a step; what is not finite is not applied, and stops the run or is reported, as the settings say.</summary>
    private StepUpdate Update(ReinforceRun run, Rollout[] scored, double[] values, int[] prompts)
    {
        var step = run.Step + 1;
        try
        {
            using var scope = NewDisposeScope();
            using var gradient = new PolicyGradient(_policy, scored, _options);

            // r_β = r − β (log π_θ − log π_anchor), detached; then the baseline
            var anchored = PolicyGradient.SequenceLogProbabilities(_anchor, scored, _options, _anchor.LogProbabilities);
            double[] logRatios = [.. gradient.LogProbabilities.Zip(anchored, (p, a) => p - a)];
            var regularised = values.Zip(logRatios, (r, kl) => r - _options.KlCoefficient * kl).ToArray();
            var advantages = run.Baseline.Advantages(regularised, prompts);
            var used = advantages.Count(a => a is not null);
            if (used == 0)
                return new(logRatios, 0, 0, NotFinite: null);

            // θ ← Opt(θ, (r_β − baseline) ∇ log π_θ), then θ_ema ← (1−μ) θ_ema + μ θ
            run.Optimizer.ZeroGradients();
            gradient.Backward([.. advantages.Select(a => (a ?? 0) / used)]);
            run.BeginUpdate();
            var (norm, notFinite) = run.Optimizer.Step(step);
            if (notFinite is null)
            {
                _anchor.Update(run.Optimizer.Weights);
                return new(logRatios, used, norm, NotFinite: null);
            }

            run.CancelUpdate();
            run.Optimizer.ZeroGradients();
            var what = $"{notFinite} at step {step} (KL-regularised rewards from {regularised.Minimum()} to {regularised.Maximum()})";
            return _options.NonFinite == NonFiniteStep.SkipAndCount ? new(logRatios, used, norm, what) : throw Diverged(what);
        }
        catch (NonFiniteOutputException failure) when (_options.NonFinite == NonFiniteStep.SkipAndCount)
        {
            return new([], 0, double.NaN, $"Step {step}: {failure.Message}");
        }
    }

    private (Rollout[] Rollouts, int[] Prompts) Sample(PromptOrder order, RandomStream sampling, CancellationToken cancellationToken)
    {
        var prompts = Enumerable.Range(0, _options.PromptsPerStep)
            .SelectMany(p => Enumerable.Repeat((Slot: p, Prompt: _prompts[order.Next()]), _options.CompletionsPerPrompt)).ToArray();
        var completions = _policy.Generate([.. prompts.Select(p => p.Prompt)], _options.Sampling, sampling, cancellationToken);
        return (PolicyOutput.Rollouts(_policy, [.. prompts.Select(p => p.Prompt)], completions), [.. prompts.Select(p => p.Slot)]);
    }

    private static TrainingDivergedException Diverged(string what) => new(
        $"{what}; the step was not applied. Try a smaller {nameof(ReinforceOptions.LearningRate)}, a larger {nameof(ReinforceOptions.KlCoefficient)} or rewards of a "
        + $"smaller scale, or set {nameof(ReinforceOptions.NonFinite)} to {nameof(NonFiniteStep.SkipAndCount)} if it is a rare batch.");

    /// <summary>What an update did.</summary>
    /// <param name="LogRatios">log π_θ(y|x) − log π_anchor(y|x) of each scored completion.</param>
    /// <param name="Used">Completions that weigh in the gradient.</param>
    /// <param name="Norm">The gradient's norm before clipping.</param>
    /// <param name="NotFinite">What was not finite, so that nothing was applied; null if all was.</param>
    private sealed record StepUpdate(double[] LogRatios, int Used, double Norm, string? NotFinite);
}
