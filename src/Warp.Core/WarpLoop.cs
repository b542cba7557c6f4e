using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Warp;

/// <summary>WARP, Algorithm 1 of the paper: I iterations of M runs against an EMA anchor, merged by SLERP and interpolated towards their start.</summary>
/// <remarks>
/// Every piece is used through an interface and can be replaced: policies, rewards and anchors in the <see cref="PartCatalog"/>, the merge by
/// <see cref="Merger"/>, the place where runs are executed by <see cref="Executor"/>. One seed gives one result, however many runs proceed at once.
/// </remarks>
public sealed class WarpLoop
{
    private readonly PartCatalog _catalog;
    private readonly WarpOptions _options;

    /// <summary>Creates the loop.</summary>
    /// <param name="catalog">Makes policies, rewards, prompts and anchors.</param>
    /// <param name="options">Settings; null for the paper's.</param>
    /// <exception cref="OptionsException">Settings are out of range or name parts that the catalog lacks; all problems are listed.</exception>
    public WarpLoop(PartCatalog catalog, WarpOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        _catalog = catalog;
        _options = options ?? new WarpOptions();
        var variants = _options.Variants.Select(v => v.Parts).OfType<RunParts>();
        OptionProblems.ThrowIfAny(
            _options.Problems().Concat(variants.Prepend(_options.Parts).SelectMany(catalog.Problems).Distinct(StringComparer.Ordinal).Within("Parts")), nameof(WarpOptions));
    }

    /// <summary>How many runs of an iteration proceed side by side in this process, at least 1; the result does not depend on it. Default 1. Moot with an <see cref="Executor"/>.</summary>
    public int MaxParallelRuns { get; init; } = 1;

    /// <summary>Where the runs are executed. Null, the default: in this process, up to <see cref="MaxParallelRuns"/> at once.</summary>
    public IRunExecutor? Executor { get; init; }

    /// <summary>How the runs are merged. Default: <see cref="SlerpMerger"/>, layer by layer.</summary>
    public IMerger Merger { get; init; } = new SlerpMerger();

    /// <summary>
    /// Where everything is saved on the way, so that a loop whose process ended goes on from there with the result that it would have had. It
    /// stays the caller's. Null, the default, saves nothing.
    /// </summary>
    public CheckpointStore? Checkpoints { get; init; }

    /// <summary>
    /// Called at the end of each iteration with its weights, which are lent for the call; null, the default, for nothing. A loop that goes on from a
    /// checkpoint does not call it again for iterations that have ended, but may for the one that was about to.
    /// </summary>
    public Func<WarpIteration, CancellationToken, Task>? IterationCompleted { get; init; }

    /// <summary>Receives messages; none by default.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The clock of the durations in the report. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Runs WARP.</summary>
    /// <param name="sft">θ_sft, the supervised fine-tuned start, in the layout of the catalog's policy. Not changed.</param>
    /// <param name="progress">Told of every step and stage, possibly from several threads at once.</param>
    /// <param name="cancellationToken">Ends the loop within one step.</param>
    /// <returns>Final weights, front and report. The caller disposes it.</returns>
    /// <exception cref="ParameterMismatchException"><paramref name="sft"/> does not fit the catalog's policy.</exception>
    /// <exception cref="InvalidOperationException">
    /// A policy returned something else than its interface promises, or the catalog's factory returns policies that share tensors.
    /// </exception>
    /// <exception cref="RewardException">A reward model failed or returned NaN, infinite, missing or surplus rewards.</exception>
    /// <exception cref="TrainingDivergedException">A run's gradient is NaN or infinite, or a weight would be; the step was not applied.</exception>
    /// <exception cref="SettingsChangedException">The checkpoint was made with other settings, weights or prompts; all differences are listed.</exception>
    /// <exception cref="CheckpointStoreException">A checkpoint could not be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; what had been done is saved.</exception>
    public Task<WarpResult> RunAsync(
        ParameterSet sft, IProgress<WarpProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sft);
        return Telemetry.InSpanAsync("warp.loop", [], () => RunInSpanAsync(sft, progress, cancellationToken));
    }

    private async Task<WarpResult> RunInSpanAsync(ParameterSet sft, IProgress<WarpProgress>? progress, CancellationToken cancellationToken)
    {
        using var local = Executor is null ? new InProcessExecutor(_catalog, MaxParallelRuns) { Logger = Logger, Time = Time } : null;
        using var evaluator = new LoopEvaluator(_catalog, _options, sft);
        using var start = evaluator.StartAt(sft);
        var reporter = new ProgressReporter(progress, _options, Time, LoopCheckpoints.ElapsedBefore(Checkpoints));
        var saved = new LoopCheckpoints(Checkpoints, start, () => reporter.Elapsed);
        saved.Require(SettingsList.Of(_options, Merger, _catalog, start));
        try
        {
            var result = await AlgorithmAsync(Executor ?? local!, sft, start, evaluator, reporter, saved, cancellationToken).ConfigureAwait(false);
            try
            {
                await saved.FlushAsync().ConfigureAwait(false);
                return result;
            }
            catch
            {
                result.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (failure is not CheckpointStoreException)
        {
            await saved.FlushAfterAsync(Logger).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<WarpResult> AlgorithmAsync(
        IRunExecutor executor,
        ParameterSet sft,
        ParameterSet start,
        LoopEvaluator evaluator,
        ProgressReporter reporter,
        LoopCheckpoints saved,
        CancellationToken cancellationToken)
    {
        var averaging = new WeightAveraging(Merger, _options);
        await averaging.TryAsync(start, cancellationToken).ConfigureAwait(false);

        var sftEvaluation = await saved.EvaluateAsync(
            LoopCheckpoints.Start,
            () => evaluator.EvaluateAsync(sft, cancellationToken),
            evaluation => reporter.Report(WarpStage.Start, iteration: 0, evaluation)).ConfigureAwait(false);
        if (sftEvaluation.Reward.Count == 0)
            throw new RewardException($"The reward model '{_options.Parts.Reward}' could score none of the {sftEvaluation.NotScorable} completions of the SFT policy on the held-out prompts; there would be nothing to learn from.");

        var iterations = saved.Finished().Take(_options.Iterations).ToList();
        using var weights = saved.WeightsAfter(iterations.Count, start);                               // θ_init ← θ_sft
        reporter.Skip(iterations);
        foreach (var i in Enumerable.Range(1, _options.Iterations).Skip(iterations.Count))
        {
            await Telemetry.InSpanAsync("warp.iteration", [new("warp.iteration", i)], async () =>
            {
                var began = saved.Mark(i, "began");
                Log.IterationStarted(Logger, i, _options);
                using var runs = await RunSet.ExecuteAsync(                                            // θ¹ … θᴹ: EMA anchor
                    executor, _options, i, weights.Init, start, reporter, saved, cancellationToken).ConfigureAwait(false);
                var tuned = saved.Mark(i, "tuned");

                var merge = await saved.MergeAsync(
                    i, () => averaging.MergeAsync(weights.Init, runs.Weights, cancellationToken)).ConfigureAwait(false);
                weights.Merged = merge.Weights;                                                        // θ_slerp
                weights.Next = await saved.InterpolateAsync(i, () => averaging.InterpolateAsync(       // θ_init ← (1−η) θ_init + η θ_slerp
                    weights.Init, weights.Merged, _options.Eta, cancellationToken)).ConfigureAwait(false);
                var averaged = saved.Mark(i, "averaged");

                var merged = await saved.EvaluateAsync(
                    LoopCheckpoints.Iteration(i, "merged-evaluation"),
                    () => evaluator.EvaluateAsync(weights.Merged, cancellationToken),
                    evaluation => reporter.Report(WarpStage.Merging, i, evaluation)).ConfigureAwait(false);
                var next = await saved.EvaluateAsync(
                    LoopCheckpoints.Iteration(i, "next-evaluation"),
                    () => evaluator.EvaluateAsync(weights.Next, cancellationToken),
                    evaluation => reporter.Report(WarpStage.Interpolating, i, evaluation, _options.Eta)).ConfigureAwait(false);

                var report = new IterationReport
                {
                    Iteration = i,
                    Runs = runs.Reports,
                    Merge = merge.Report,
                    Merged = merged,
                    Next = next,
                    FineTuningDuration = tuned - began,
                    MergingDuration = averaged - tuned,
                    EvaluationDuration = reporter.Elapsed - averaged,
                };
                report = report with { Warnings = AveragingWatch.Look(report, iterations.Count == 0 ? sftEvaluation : iterations[^1].Next) };
                Log.IterationFinished(Logger, report, _options.Eta);
                if (IterationCompleted is not null)
                {
                    await IterationCompleted(new WarpIteration(weights.Init, runs.Weights, weights.Merged, weights.Next, report), cancellationToken)
                        .ConfigureAwait(false);
                }

                iterations.Add(report);
                saved.EndIteration(report);
                weights.Advance();
                return report;
            }).ConfigureAwait(false);
        }

        var front = new List<FrontPoint>();
        foreach (var eta in _options.FrontEtas)                                                        // { (1−η) θ_sft + η θ_slerp }
        {
            var evaluation = await saved.EvaluateAsync(
                LoopCheckpoints.FrontPoint(eta),
                async () =>
                {
                    using var point = await averaging.InterpolateAsync(start, weights.Merged!, eta, cancellationToken).ConfigureAwait(false);
                    return await evaluator.EvaluateAsync(point, cancellationToken).ConfigureAwait(false);
                },
                evaluation => reporter.Report(WarpStage.Front, _options.Iterations, evaluation, eta)).ConfigureAwait(false);
            front.Add(new FrontPoint(eta, evaluation));
        }

        var (final, last) = weights.Release();
        return new WarpResult(final, last, new WarpReport
        {
            Options = _options,
            Sft = sftEvaluation,
            Iterations = iterations,
            Front = new KlRewardFront(front),
            Duration = reporter.Elapsed,
        });
    }
}
