namespace Warp;

/// <summary>The M runs of an iteration, in order, and their weights.</summary>
internal sealed class RunSet : IDisposable
{
    private readonly RunOutcome[] _outcomes;

    private RunSet(RunOutcome[] outcomes) => _outcomes = outcomes;

    internal IReadOnlyList<ParameterSet> Weights => [.. _outcomes.Select(o => o.Weights)];

    internal IReadOnlyList<ReinforceReport> Reports => [.. _outcomes.Select(o => o.Report)];

    /// <summary>Executes all runs. If one fails, the others are cancelled and whatever weights there are are freed.</summary>
    internal static async Task<RunSet> ExecuteAsync(
        IRunExecutor executor,
        WarpOptions options,
        int iteration,
        ParameterSet init,
        ParameterSet sft,
        ProgressReporter reporter,
        LoopCheckpoints saved,
        CancellationToken cancellationToken)
    {
        using var failure = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var runs = Enumerable.Range(1, options.Runs).Select(ExecuteOneAsync).ToArray();
        try
        {
            return new RunSet(await Task.WhenAll(runs).ConfigureAwait(false));
        }
        catch
        {
            foreach (var run in runs.Where(r => r.IsCompletedSuccessfully))
                (await run.ConfigureAwait(false)).Weights.Dispose();
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }

        async Task<RunOutcome> ExecuteOneAsync(int run)
        {
            var (settings, parts) = options.RunSettings(iteration, run);
            var progress = reporter.Of(iteration, run);
            try
            {
                var request = new RunRequest
                {
                    Iteration = iteration,
                    Run = run,
                    Start = init,
                    Sft = sft,
                    Seed = new RandomStream(options.Seed).Fork((ulong)iteration).Fork((ulong)run).Key,
                    Options = settings,
                    Evaluation = options.Evaluation,
                    Parts = parts,
                };
                var outcome = await saved.RunAsync(executor, request, progress, failure.Token).ConfigureAwait(false);
                progress.End();
                return outcome;
            }
            catch
            {
                await failure.CancelAsync().ConfigureAwait(false);
                throw;
            }
        }
    }

    public void Dispose()
    {
        foreach (var outcome in _outcomes)
            outcome.Weights.Dispose();
    }
}
