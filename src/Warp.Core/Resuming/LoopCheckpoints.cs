using Microsoft.Extensions.Logging;

namespace Warp;

/// <summary>What a loop saves and finds again: each piece of work under a name of its own. Without a store, everything is done and nothing saved.</summary>
internal sealed class LoopCheckpoints(CheckpointStore? store, ParameterSet layout, Func<TimeSpan> elapsed)
{
    private const string Prefix = "warp";

    /// <summary>What the next iteration, or the front, begins with; the one before has no use any more.</summary>
    private static readonly string[] OfLastIteration = ["merged", "merged-report", "merged-evaluation", "next", "next-evaluation"];

    /// <summary>The wall-clock time that earlier processes spent on this loop.</summary>
    internal static TimeSpan ElapsedBefore(CheckpointStore? store) =>
        store is not null && store.TryGet<TimeSpan>($"{Prefix}/elapsed", out var before) ? before : TimeSpan.Zero;

    /// <summary>Compares the settings with those of the checkpoint.</summary>
    internal void Require(SortedDictionary<string, string> settings) => store?.RequireSettings($"{Prefix}.", settings);

    /// <summary>The iterations that have ended.</summary>
    internal IReadOnlyList<IterationReport> Finished()
    {
        var finished = new List<IterationReport>();
        while (store is not null && store.TryGet<IterationReport>(Iteration(finished.Count + 1, "report"), out var report))
            finished.Add(report!);
        return finished;
    }

    /// <summary>The weights with which the iteration after the finished ones begins.</summary>
    internal LoopWeights WeightsAfter(int finished, ParameterSet start)
    {
        if (finished == 0)
            return new LoopWeights { Init = start.Clone() };
        var weights = new LoopWeights { Init = Saved(Iteration(finished, "next")) };
        try
        {
            weights.Merged = Saved(Iteration(finished, "merged"));
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }

        ParameterSet Saved(string name) => store!.Weights(name, layout)
            ?? throw new CheckpointStoreException($"The checkpoint in '{store.Folder}' lacks '{name}'; give another folder to start anew.");
    }

    internal static string Iteration(int iteration, string what) => $"{Prefix}/iteration-{iteration}/{what}";

    internal static string FrontPoint(double eta) => $"{Prefix}/front/{eta.ToString("R", System.Globalization.CultureInfo.InvariantCulture)}";

    internal static string Start => $"{Prefix}/start";

    /// <summary>When a stage of an iteration was reached, in time spent; saved with whatever is saved next.</summary>
    internal TimeSpan Mark(int iteration, string stage)
    {
        var name = Iteration(iteration, stage);
        if (store is null)
            return elapsed();
        if (store.TryGet<TimeSpan>(name, out var before))
            return before;
        var now = elapsed();
        store.Save(new StoreBatch($"iteration {iteration}, {stage}").Set(name, now));
        return now;
    }

    /// <summary>An evaluation, made and told of once (twice, should the process end between the two).</summary>
    internal async Task<PolicyEvaluation> EvaluateAsync(string name, Func<Task<PolicyEvaluation>> evaluate, Action<PolicyEvaluation> report)
    {
        if (store is not null && store.TryGet<PolicyEvaluation>(name, out var done))
            return done!;
        var evaluation = await evaluate().ConfigureAwait(false);
        report(evaluation);
        store?.Save(Batch(name, evaluation.Reward.Mean).Set(name, evaluation));
        return evaluation;
    }

    /// <summary>A merge, made once.</summary>
    internal async Task<MergeResult> MergeAsync(int iteration, Func<Task<MergeResult>> merge)
    {
        var name = Iteration(iteration, "merged");
        if (store is not null && store.TryGet<MergeReport>($"{name}-report", out var report) && store.Weights(name, layout) is { } weights)
            return new MergeResult(weights, report!);
        var result = await merge().ConfigureAwait(false);
        SaveOrFree(result.Weights, copy => Batch(name).Set(name, copy).Set($"{name}-report", result.Report));
        return result;
    }

    /// <summary>An interpolation, made once.</summary>
    internal async Task<ParameterSet> InterpolateAsync(int iteration, Func<Task<ParameterSet>> interpolate)
    {
        var name = Iteration(iteration, "next");
        if (store?.Weights(name, layout) is { } done)
            return done;
        var weights = await interpolate().ConfigureAwait(false);
        SaveOrFree(weights, copy => Batch(name).Set(name, copy));
        return weights;
    }

    /// <summary>A run, made once and from where it was.</summary>
    internal async Task<RunOutcome> RunAsync(
        IRunExecutor executor, RunRequest request, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken)
    {
        if (store is null)
            return await executor.ExecuteAsync(request, progress, cancellationToken).ConfigureAwait(false);
        var name = Iteration(request.Iteration, $"run-{request.Run}");
        if (store.TryGet<ReinforceReport>($"{name}/report", out var report) && store.Weights($"{name}/weights", layout) is { } weights)
            return new RunOutcome(weights, report!);
        var outcome = executor is IResumableExecutor resumable
            ? await resumable.ExecuteAsync(request, store.RunSaying(name, batch => WithElapsed(batch)), progress, cancellationToken).ConfigureAwait(false)
            : await executor.ExecuteAsync(request, progress, cancellationToken).ConfigureAwait(false);
        // The key is that of the run's own states, which this one ends.
        SaveOrFree(
            outcome.Weights,
            copy => WithElapsed(new StoreBatch($"{name}, ended") { Key = name, Score = outcome.Report.Evaluations is [.., var last] ? last.Evaluation.Reward.Mean : null })
                .RemoveAll(name).Set($"{name}/report", outcome.Report).Set($"{name}/weights", copy));
        return outcome;
    }

    /// <summary>Ends an iteration: what only it needed goes.</summary>
    internal void EndIteration(IterationReport report)
    {
        if (store is null)
            return;
        var batch = new StoreBatch($"iteration {report.Iteration}, ended") { EndsIteration = true, Score = report.Next.Reward.Mean };
        for (var m = 1; m <= report.Runs.Count; m++)
            batch.RemoveAll(Iteration(report.Iteration, $"run-{m}"));
        foreach (var what in report.Iteration > 1 ? OfLastIteration : [])
            batch.RemoveAll(Iteration(report.Iteration - 1, what));
        batch.RemoveAll($"{Prefix}/front"); // of a loop that ended here, and now goes on with more iterations
        store.Save(WithElapsed(batch.Set(Iteration(report.Iteration, "report"), report)));
    }

    internal Task FlushAsync() => store?.FlushAsync() ?? Task.CompletedTask;

    /// <summary>As <see cref="FlushAsync"/> on the way out with another error, which this one must not hide.</summary>
    internal async Task FlushAfterAsync(ILogger logger)
    {
        try
        {
            await FlushAsync().ConfigureAwait(false);
        }
        catch (CheckpointStoreException failure)
        {
            Log.SaveFailed(logger, store!.Folder, failure);
        }
    }

    private StoreBatch Batch(string @event, double? score = null) => WithElapsed(new StoreBatch(@event) { Score = score });

    private StoreBatch WithElapsed(StoreBatch batch) => batch.Set($"{Prefix}/elapsed", elapsed());

    /// <summary>Saves a copy of weights in main memory; if that fails, the weights reach nobody and are freed.</summary>
    private void SaveOrFree(ParameterSet weights, Func<ParameterSet, StoreBatch> batch)
    {
        try
        {
            store?.Save(batch(weights.Clone(device: TorchSharp.torch.CPU)));
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }
}
