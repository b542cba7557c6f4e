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

    /// <summary>Called at the end of each iteration with its weights, which are lent for the call; null, the default, for nothing.</summary>
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
    /// <exception cref="TrainingDivergedException">A run's gradient is NaN or infinite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<WarpResult> RunAsync(
        ParameterSet sft, IProgress<WarpProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sft);
        using var local = Executor is null ? new InProcessExecutor(_catalog, MaxParallelRuns) { Logger = Logger, Time = Time } : null;
        using var evaluator = new LoopEvaluator(_catalog, _options, sft);
        var reporter = new ProgressReporter(progress, _options, Time);
        var averaging = new WeightAveraging(Merger, _options);
        using var start = evaluator.StartAt(sft);
        await averaging.TryAsync(start, cancellationToken).ConfigureAwait(false);
        var iterations = new List<IterationReport>();

        var sftEvaluation = await evaluator.EvaluateAsync(sft, cancellationToken).ConfigureAwait(false);
        if (sftEvaluation.Reward.Count == 0)
            throw new RewardException($"The reward model '{_options.Parts.Reward}' could score none of the {sftEvaluation.NotScorable} completions of the SFT policy on the held-out prompts; there would be nothing to learn from.");
        reporter.Report(WarpStage.Start, iteration: 0, sftEvaluation);

        using var weights = new LoopWeights { Init = start.Clone() };                                  // θ_init ← θ_sft
        for (var i = 1; i <= _options.Iterations; i++)
        {
            var began = Time.GetTimestamp();
            Log.IterationStarted(Logger, i, _options);
            using var runs = await RunSet.ExecuteAsync(                                                // θ¹ … θᴹ: EMA anchor
                Executor ?? local!, _options, i, weights.Init, start, reporter, cancellationToken).ConfigureAwait(false);
            var tuned = Time.GetTimestamp();

            var merge = await averaging.MergeAsync(weights.Init, runs.Weights, cancellationToken).ConfigureAwait(false);
            weights.Merged = merge.Weights;                                                            // θ_slerp
            weights.Next = await averaging.InterpolateAsync(                                           // θ_init ← (1−η) θ_init + η θ_slerp
                weights.Init, weights.Merged, _options.Eta, cancellationToken).ConfigureAwait(false);
            var averaged = Time.GetTimestamp();

            var merged = await evaluator.EvaluateAsync(weights.Merged, cancellationToken).ConfigureAwait(false);
            reporter.Report(WarpStage.Merging, i, merged);
            var next = await evaluator.EvaluateAsync(weights.Next, cancellationToken).ConfigureAwait(false);
            reporter.Report(WarpStage.Interpolating, i, next, _options.Eta);

            var report = new IterationReport
            {
                Iteration = i,
                Runs = runs.Reports,
                Merge = merge.Report,
                Merged = merged,
                Next = next,
                FineTuningDuration = Time.GetElapsedTime(began, tuned),
                MergingDuration = Time.GetElapsedTime(tuned, averaged),
                EvaluationDuration = Time.GetElapsedTime(averaged),
            };
            iterations.Add(report);
            Log.IterationFinished(Logger, report, _options.Eta);
            if (IterationCompleted is not null)
            {
                await IterationCompleted(new WarpIteration(weights.Init, runs.Weights, weights.Merged, weights.Next, report), cancellationToken)
                    .ConfigureAwait(false);
            }

            weights.Advance();
        }

        var front = new List<FrontPoint>();
        foreach (var eta in _options.FrontEtas)                                                        // { (1−η) θ_sft + η θ_slerp }
        {
            using var point = await averaging.InterpolateAsync(start, weights.Merged!, eta, cancellationToken).ConfigureAwait(false);
            var evaluation = await evaluator.EvaluateAsync(point, cancellationToken).ConfigureAwait(false);
            front.Add(new FrontPoint(eta, evaluation));
            reporter.Report(WarpStage.Front, _options.Iterations, evaluation, eta);
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
