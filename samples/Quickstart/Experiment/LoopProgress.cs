namespace Warp.Quickstart;

/// <summary>Shows the loop: a line per run, and what merges and interpolations are worth.</summary>
internal sealed class LoopProgress(IDisplay display, int steps) : IProgress<WarpProgress>
{
    private readonly Dictionary<(int Iteration, int Run), IProgressLine> _lines = [];
    private readonly Lock _gate = new();

    public void Report(WarpProgress value)
    {
        if (value.Step is { } step)
        {
            IProgressLine? line;
            lock (_gate)
            {
                if (!_lines.TryGetValue((value.Iteration, value.Run), out line))
                    _lines.Add((value.Iteration, value.Run), line = display.Begin($"WARP {value.Iteration}/{value.Iterations}, run {value.Run}/{value.Runs}, EMA anchor", steps));
            }

            line.Report(step.Step, ProgressText.Of(step.Metrics));
            if (step.Evaluation is { } evaluation && step.Step == step.Steps)
                line.End(ProgressText.Of(evaluation));
            return;
        }

        var what = value.Stage switch
        {
            WarpStage.Merging => $"WARP {value.Iteration}/{value.Iterations}, SLERP of {value.Runs} runs",
            WarpStage.Interpolating => FormattableString.Invariant($"WARP {value.Iteration}/{value.Iterations}, LITI with η = {value.Eta:0.##}"),
            _ => null,
        };
        if (what is not null)
            display.Say($"{what,-34} {ProgressText.Of(value.Evaluation!)}");
    }
}
