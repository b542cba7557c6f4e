namespace Warp;

/// <summary>Turns what happens in the loop into progress with an estimate of the time left.</summary>
internal sealed class ProgressReporter
{
    private readonly IProgress<WarpProgress>? _progress;
    private readonly WarpOptions _options;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly long _stepsInAll;
    private long _stepsTaken;

    internal ProgressReporter(IProgress<WarpProgress>? progress, WarpOptions options, TimeProvider time)
    {
        (_progress, _options, _time) = (progress, options, time);
        _started = time.GetTimestamp();
        _stepsInAll = Enumerable.Range(1, options.Iterations).Sum(i => (long)options.StepsOf(i)) * options.Runs;
    }

    internal TimeSpan Elapsed => _time.GetElapsedTime(_started);

    internal void Report(WarpStage stage, int iteration, PolicyEvaluation evaluation, double? eta = null) =>
        _progress?.Report(At(stage, iteration) with { Evaluation = evaluation, Eta = eta });

    internal IProgress<ReinforceProgress> Of(int iteration, int run) => new RunProgress(this, iteration, run);

    private WarpProgress At(WarpStage stage, int iteration)
    {
        var (taken, elapsed) = (Interlocked.Read(ref _stepsTaken), Elapsed);
        return new WarpProgress
        {
            Stage = stage,
            Iteration = iteration,
            Iterations = _options.Iterations,
            Runs = _options.Runs,
            Elapsed = elapsed,
            Remaining = taken == 0 ? null : elapsed * Math.Max(0, (double)(_stepsInAll - taken) / taken),
        };
    }

    private sealed class RunProgress(ProgressReporter owner, int iteration, int run) : IProgress<ReinforceProgress>
    {
        public void Report(ReinforceProgress value)
        {
            Interlocked.Increment(ref owner._stepsTaken);
            owner._progress?.Report(owner.At(WarpStage.FineTuning, iteration) with { Run = run, Step = value });
        }
    }
}
