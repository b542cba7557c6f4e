namespace Warp;

/// <summary>Turns what happens in the loop into progress with an estimate of the time left.</summary>
internal sealed class ProgressReporter
{
    private readonly IProgress<WarpProgress>? _progress;
    private readonly WarpOptions _options;
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly long _stepsInAll;
    private readonly TimeSpan _before;
    private long _stepsTaken;
    private long _stepsSkipped;

    /// <param name="progress">Who is told.</param>
    /// <param name="options">Tells how many steps there are in all.</param>
    /// <param name="time">The clock.</param>
    /// <param name="before">Time that earlier processes spent on this loop.</param>
    internal ProgressReporter(IProgress<WarpProgress>? progress, WarpOptions options, TimeProvider time, TimeSpan before)
    {
        (_progress, _options, _time, _before) = (progress, options, time, before);
        _started = time.GetTimestamp();
        _stepsInAll = Enumerable.Range(1, options.Iterations).Sum(i => (long)options.StepsOf(i)) * options.Runs;
    }

    internal TimeSpan Elapsed => _before + _time.GetElapsedTime(_started);

    internal void Report(WarpStage stage, int iteration, PolicyEvaluation evaluation, double? eta = null) =>
        _progress?.Report(At(stage, iteration) with { Evaluation = evaluation, Eta = eta });

    /// <summary>Takes off what earlier processes have done.</summary>
    internal void Skip(IEnumerable<IterationReport> finished) => Skip(finished.Sum(i => (long)_options.StepsOf(i.Iteration)) * _options.Runs);

    internal RunProgress Of(int iteration, int run) => new(this, iteration, run);

    private WarpProgress At(WarpStage stage, int iteration)
    {
        var (taken, elapsed) = (Interlocked.Read(ref _stepsTaken), Elapsed);
        var left = _stepsInAll - Interlocked.Read(ref _stepsSkipped) - taken;
        return new WarpProgress
        {
            Stage = stage,
            Iteration = iteration,
            Iterations = _options.Iterations,
            Runs = _options.Runs,
            Elapsed = elapsed,
            Remaining = taken == 0 ? null : (elapsed - _before) * Math.Max(0, (double)left / taken),
        };
    }

    private void Skip(long steps) => Interlocked.Add(ref _stepsSkipped, steps);

    /// <summary>One run's.</summary>
    internal sealed class RunProgress(ProgressReporter owner, int iteration, int run) : IProgress<ReinforceProgress>
    {
        private int _at;

        /// <summary>The run has ended; what it has not told of will not come: it was done by an earlier process, or the run ended early.</summary>
        internal void End() => owner.Skip(owner._options.StepsOf(iteration) - _at);

        public void Report(ReinforceProgress value)
        {
            owner.Skip(value.Step - 1 - _at); // of a run that was taken up again
            _at = value.Step;
            Interlocked.Increment(ref owner._stepsTaken);
            owner._progress?.Report(owner.At(WarpStage.FineTuning, iteration) with { Run = run, Step = value });
        }
    }
}
