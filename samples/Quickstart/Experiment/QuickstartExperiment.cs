namespace Warp.Quickstart;

/// <summary>REINFORCE with the SFT anchor, then WARP; everything evaluated on the same held-out prompts with the same noise.</summary>
internal sealed class QuickstartExperiment(QuickstartOptions options, Preparation preparation, IDisplay display)
{
    private readonly List<Measurement> _measurements = [];
    private readonly List<Preparation.Stage> _stages = [];
    private readonly WarpOptions _settings = options.ToWarp();

    /// <summary>β of the baselines: that of WARP and a quarter of it, because a fixed anchor at one β stops at one KL.</summary>
    public static IReadOnlyList<double> BaselineBetas(double beta) => beta > 0 ? [beta, beta / 4] : [0];

    public async Task<ExperimentResult> RunAsync(CancellationToken cancellationToken)
    {
        using var executor = new InProcessExecutor(preparation.Catalog, maxParallelRuns: 2);
        var baselines = await RunBaselinesAsync(executor, cancellationToken).ConfigureAwait(false);
        var warp = await RunWarpAsync(executor, cancellationToken).ConfigureAwait(false);
        var all = _measurements.Prepend(Measurement.Of(Names.Sft, 0, warp.Report.Sft, eta: 0)).ToList();
        return new ExperimentResult(_settings, preparation, all, baselines, warp, _stages);
    }

    private async Task<IReadOnlyList<ReinforceReport>> RunBaselinesAsync(InProcessExecutor executor, CancellationToken cancellationToken)
    {
        var sft = preparation.Sft.Weights;
        var betas = BaselineBetas(options.Beta);
        var reports = await Task.WhenAll(betas.Select(async (beta, i) =>
        {
            var line = display.Begin(Names.SftAnchorTitle(beta), options.Steps);
            var outcome = await executor.ExecuteAsync(
                new RunRequest
                {
                    Iteration = 0,
                    Run = i + 1,
                    Start = sft,
                    Sft = sft,
                    Seed = new RandomStream(options.Seed).Fork(100).Fork((ulong)i).Key,
                    Options = _settings.Reinforce with { KlCoefficient = beta },
                    Evaluation = _settings.Evaluation,
                    Parts = _settings.Parts with { Anchor = RunParts.SftAnchor },
                },
                ProgressText.To(line),
                cancellationToken).ConfigureAwait(false);
            outcome.Weights.Dispose();
            line.End(Summary(outcome.Report));
            return outcome.Report;
        })).ConfigureAwait(false);

        for (var i = 0; i < reports.Length; i++)
            _measurements.AddRange(Measurement.Trajectory(Names.SftAnchor(betas[i]), 0, i + 1, reports[i]));
        _stages.Add(new("reinforce-sft-anchor", reports.Max(r => r.Duration).TotalSeconds, reports.Sum(r => r.Tokens)));
        return reports;
    }

    private async Task<WarpResult> RunWarpAsync(InProcessExecutor executor, CancellationToken cancellationToken)
    {
        using var comparison = new Comparison(preparation, _settings);
        var loop = new WarpLoop(preparation.Catalog, _settings)
        {
            Executor = executor,
            IterationCompleted = async (iteration, token) =>
            {
                var report = iteration.Report;
                for (var m = 0; m < report.Runs.Count; m++)
                    _measurements.AddRange(Measurement.Trajectory(Names.EmaRun, report.Iteration, m + 1, report.Runs[m]));
                _measurements.Add(Measurement.Of(Names.Slerp, report.Iteration, report.Merged));
                _measurements.Add(Measurement.Of(Names.Lerp, report.Iteration, await comparison.LerpAsync(iteration, token).ConfigureAwait(false)));
                _measurements.Add(Measurement.Of(Names.Liti, report.Iteration, report.Next, options.Eta));

                // The front of the last iteration is the loop's own outcome.
                if (report.Iteration < _settings.Iterations)
                    _measurements.AddRange((await comparison.FrontAsync(iteration, token).ConfigureAwait(false)).Select(p => Measurement.Of(Names.Warp, report.Iteration, p.Evaluation, p.Eta)));
                _stages.Add(new($"warp-iteration-{report.Iteration}-runs", report.FineTuningDuration.TotalSeconds, report.Runs.Sum(r => r.Tokens)));
                _stages.Add(new($"warp-iteration-{report.Iteration}-averaging", report.MergingDuration.TotalSeconds, 0));
            },
        };
        var result = await loop.RunAsync(preparation.Sft.Weights, new LoopProgress(display, _settings), cancellationToken).ConfigureAwait(false);
        _measurements.AddRange(result.Front.Points.Select(p => Measurement.Of(Names.Warp, _settings.Iterations, p.Evaluation, p.Eta)));
        return result;
    }

    internal static string Summary(ReinforceReport report) =>
        (report.StopReason == StopReason.KlCeiling ? "KL ceiling: " : "") + ProgressText.Of(report.Evaluations[^1].Evaluation);
}
