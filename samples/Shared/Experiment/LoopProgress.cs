namespace Warp.Samples;

/// <summary>Shows the loop: a line for all of it, one per run, and what merges and interpolations are worth.</summary>
internal sealed class LoopProgress : IProgress<WarpProgress>
{
    private readonly IDisplay _display;
    private readonly WarpOptions _settings;
    private readonly Dictionary<(int Iteration, int Run), IProgressLine> _lines = [];
    private readonly IProgressLine _whole;
    private readonly Lock _gate = new();
    private IProgressLine? _front;
    private readonly Dictionary<(int Iteration, int Run), int> _steps = [];
    private int _points;

    public LoopProgress(IDisplay display, WarpOptions settings)
    {
        (_display, _settings) = (display, settings);
        _whole = display.Begin("WARP, all runs", Enumerable.Range(1, settings.Iterations).Sum(settings.StepsOf) * settings.Runs);
    }

    public void Report(WarpProgress value)
    {
        // Runs report from threads of their own.
        lock (_gate)
        {
            if (value.Step is { } step)
                ReportStep(value, step);
            else if (value.Stage == WarpStage.Merging)
                _display.Say($"WARP {value.Iteration}/{value.Iterations}, SLERP: {ProgressText.Of(value.Evaluation!)}");
            else if (value.Stage == WarpStage.Interpolating)
                ReportNext(value);
            else if (value.Stage == WarpStage.Front)
                ReportFront(value);
        }
    }

    private void ReportStep(WarpProgress value, ReinforceProgress step)
    {
        var key = (value.Iteration, value.Run);
        if (!_lines.TryGetValue(key, out var line))
            _lines.Add(key, line = _display.Begin($"WARP {value.Iteration}/{value.Iterations}, run {value.Run}/{value.Runs}", step.Steps));

        line.Report(step.Step, ProgressText.Of(step.Metrics));
        _steps[key] = step.Step;
        // Runs that an earlier process has ended are not told of again, but whole iterations can be counted.
        var taken = Enumerable.Range(1, value.Iteration - 1).Sum(_settings.StepsOf) * value.Runs + _steps.Where(s => s.Key.Iteration == value.Iteration).Sum(s => s.Value);
        _whole.Report(taken, $"iteration {value.Iteration} of {value.Iterations}", value.Remaining);
        if (step.Evaluation is not { } evaluation)
            return;

        var atCeiling = _settings.Reinforce.KlCeiling is { } ceiling && !(evaluation.Kl.Mean < ceiling);
        if (atCeiling)
            line.End($"KL ceiling: {ProgressText.Of(evaluation)}");
        else if (step.Step == step.Steps)
            line.End(ProgressText.Of(evaluation));
    }

    private void ReportNext(WarpProgress value)
    {
        _display.Say($"WARP {value.Iteration}/{value.Iterations}, LITI with η = {Names.Eta(value.Eta!.Value)}: {ProgressText.Of(value.Evaluation!)}");
        if (value.Iteration == value.Iterations)
            _whole.End("trained");
    }

    private void ReportFront(WarpProgress value)
    {
        _front ??= _display.Begin("WARP, front", _settings.FrontEtas.Count);
        _front.Report(++_points, $"η = {Names.Eta(value.Eta!.Value)}");
        if (_points == _settings.FrontEtas.Count)
            _front.End($"up to {ProgressText.Of(value.Evaluation!)}");
    }
}
