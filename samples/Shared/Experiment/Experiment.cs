using System.Collections.Concurrent;

namespace Warp.Samples;

/// <summary>REINFORCE with the SFT anchor, then WARP; everything evaluated on the same held-out prompts with the same noise.</summary>
internal sealed class Experiment(ExperimentPlan plan, IDisplay display, TimeProvider time, CheckpointStore? store = null)
{
    private const int ParallelRuns = 2;

    private readonly List<Measurement> _measurements = [];
    private readonly List<Stage> _stages = [];
    private readonly WarpOptions _settings = plan.Settings;
    private readonly ConcurrentDictionary<string, object> _done = new(StringComparer.Ordinal);

    /// <summary>β of the baselines: that of WARP and a quarter of it, because a fixed anchor at one β stops at one KL.</summary>
    public static IReadOnlyList<double> BaselineBetas(double beta) => beta > 0 ? [beta, beta / 4] : [0];

    public async Task<ExperimentResult> RunAsync(CancellationToken cancellationToken)
    {
        var baselines = await RunBaselinesAsync(cancellationToken).ConfigureAwait(false);
        var warp = await RunWarpAsync(cancellationToken).ConfigureAwait(false);
        var all = _measurements.Prepend(Measurement.Of(Names.Sft, 0, warp.Report.Sft, eta: 0)).ToList();
        return new ExperimentResult(plan, all, baselines, warp, _stages);
    }

    private async Task<IReadOnlyList<ReinforceReport>> RunBaselinesAsync(CancellationToken cancellationToken)
    {
        using var executor = new InProcessExecutor(plan.Catalog, ParallelRuns);
        var began = time.GetTimestamp();
        var sft = plan.Sft.Weights;
        var betas = BaselineBetas(_settings.Reinforce.KlCoefficient);
        var reports = await Task.WhenAll(betas.Select(async (beta, i) =>
        {
            var line = display.Begin(Names.SftAnchorTitle(beta), _settings.StepsOf(1));
            var name = Names.SftAnchor(beta);
            var report = await OnceAsync($"{name}/report", async token =>
            {
                var request = new RunRequest
                {
                    Iteration = 0,
                    Run = i + 1,
                    Start = sft,
                    Sft = sft,
                    Seed = new RandomStream(_settings.Seed).Fork(100).Fork((ulong)i).Key,
                    Options = _settings.Reinforce with { KlCoefficient = beta },
                    Evaluation = _settings.Evaluation,
                    Parts = _settings.Parts with { Anchor = RunParts.SftAnchor },
                };
                var progress = ProgressText.To(line);
                var outcome = store is null
                    ? await executor.ExecuteAsync(request, progress, token).ConfigureAwait(false)
                    : await executor.ExecuteAsync(request, store.Run($"{name}/state"), progress, token).ConfigureAwait(false);
                outcome.Weights.Dispose();
                return outcome.Report;
            }, cancellationToken).ConfigureAwait(false);
            store?.Forget($"{name}/state");
            line.End(Summary(report));
            return report;
        })).ConfigureAwait(false);

        for (var i = 0; i < reports.Length; i++)
            _measurements.AddRange(Measurement.Trajectory(Names.SftAnchor(betas[i]), 0, i + 1, reports[i]));
        _stages.Add(new("reinforce-sft-anchor", SecondsSince(began), reports.Sum(r => r.Tokens)));
        return reports;
    }

    private async Task<WarpResult> RunWarpAsync(CancellationToken cancellationToken)
    {
        using var comparison = new Comparison(plan);
        var iterationEnded = time.GetTimestamp();
        var loop = new WarpLoop(plan.Catalog, _settings)
        {
            MaxParallelRuns = ParallelRuns,
            Time = time,
            Checkpoints = store,
            Logger = new WarningLog(display.Say),
            IterationCompleted = async (iteration, token) =>
            {
                await OnceAsync(MeasuredName(iteration.Report.Iteration), t => MeasureAsync(comparison, iteration, t), token).ConfigureAwait(false);
                iterationEnded = time.GetTimestamp();
            },
        };
        var result = await loop.RunAsync(plan.Sft.Weights, new LoopProgress(display, _settings), cancellationToken).ConfigureAwait(false);

        for (var i = 1; i <= _settings.Iterations; i++)
        {
            var measured = await OnceAsync<Measured>(MeasuredName(i), _ => throw new InvalidOperationException($"Iteration {i} was not measured."), cancellationToken).ConfigureAwait(false);
            _measurements.AddRange(measured.Measurements);
            _stages.AddRange(measured.Stages);
        }

        // The front of the last iteration is the loop's own outcome.
        var points = result.Front.Points;
        _measurements.AddRange(points.Select(p => Measurement.Of(Names.Warp, _settings.Iterations, p.Evaluation, p.Eta)));
        _stages.Add(new($"warp-iteration-{_settings.Iterations}-front", SecondsSince(iterationEnded), Tokens(points.Select(p => p.Evaluation))));
        return result;
    }

    private async Task<Measured> MeasureAsync(Comparison comparison, WarpIteration iteration, CancellationToken cancellationToken)
    {
        var (measurements, stages) = (new List<Measurement>(), new List<Stage>());
        var report = iteration.Report;
        var stage = $"warp-iteration-{report.Iteration}";
        var began = time.GetTimestamp();
        var lerp = await comparison.LerpAsync(iteration, cancellationToken).ConfigureAwait(false);
        stages.Add(new($"{stage}-runs", report.FineTuningDuration.TotalSeconds, report.Runs.Sum(r => r.Tokens)));
        stages.Add(new($"{stage}-averaging", report.MergingDuration.TotalSeconds, 0));
        stages.Add(new($"{stage}-evaluation", report.EvaluationDuration.TotalSeconds + SecondsSince(began), Tokens([report.Merged, report.Next, lerp])));

        for (var m = 0; m < report.Runs.Count; m++)
            measurements.AddRange(Measurement.Trajectory(Names.EmaRun, report.Iteration, m + 1, report.Runs[m]));
        measurements.Add(Measurement.Of(Names.Slerp, report.Iteration, report.Merged));
        measurements.Add(Measurement.Of(Names.Lerp, report.Iteration, lerp));
        measurements.Add(Measurement.Of(Names.Liti, report.Iteration, report.Next, _settings.Eta));
        if (report.Iteration < _settings.Iterations)
        {
            began = time.GetTimestamp();
            var front = await comparison.FrontAsync(iteration, cancellationToken).ConfigureAwait(false);
            measurements.AddRange(front.Select(p => Measurement.Of(Names.Warp, report.Iteration, p.Evaluation, p.Eta)));
            stages.Add(new($"{stage}-front", SecondsSince(began), Tokens(front.Select(p => p.Evaluation))));
        }

        return new Measured(measurements, stages);
    }

    /// <summary>Does a piece of work once: in this process, or with a checkpoint in all of them.</summary>
    private async Task<T> OnceAsync<T>(string name, Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
        where T : class
    {
        if (store is not null)
            return await store.OnceAsync(name, work, cancellationToken).ConfigureAwait(false);
        if (_done.TryGetValue(name, out var done))
            return (T)done;
        var outcome = await work(cancellationToken).ConfigureAwait(false);
        _done[name] = outcome;
        return outcome;
    }

    private static string MeasuredName(int iteration) => $"measured/iteration-{iteration}";

    private double SecondsSince(long timestamp) => time.GetElapsedTime(timestamp).TotalSeconds;

    private static long Tokens(IEnumerable<PolicyEvaluation> evaluations) => (long)Math.Round(evaluations.Sum(e => e.Length.Mean * e.Length.Count));

    internal static string Summary(ReinforceReport report) =>
        (report.StopReason == StopReason.KlCeiling ? "KL ceiling: " : "") + ProgressText.Of(report.Evaluations[^1].Evaluation);

    /// <summary>What an iteration adds to the results.</summary>
    private sealed record Measured(IReadOnlyList<Measurement> Measurements, IReadOnlyList<Stage> Stages);
}
