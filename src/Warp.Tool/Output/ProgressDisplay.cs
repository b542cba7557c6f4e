using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Warp.Tool.Output;

/// <summary>Shows how far the work is, on a terminal only: stage, bar, bytes, percentage, time left.</summary>
internal static class ProgressDisplay
{
    /// <summary>Does the work, with progress unless it is not wanted or nobody would see it.</summary>
    internal static T Show<T>(ToolConsole console, bool quiet, Func<IProgress<CheckpointProgress>?, T> work)
    {
        if (quiet || !console.ErrorIsTerminal)
            return work(null);
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(console.Error) });
        var last = new Last();
        return terminal.Progress()
            .AutoClear(true)
            .HideCompleted(false)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new BytesColumn(last), new TimeLeftColumn(last))
            .Start(context =>
            {
                var task = context.AddTask("opening");
                return work(new Reporter(progress =>
                {
                    last.Progress = progress;
                    task.Description = Markup.Escape(progress.Stage);
                    task.MaxValue = Math.Max(1, progress.TotalBytes);
                    task.Value = progress.Bytes;
                }));
            });
    }

    internal static string TimeLeft(TimeSpan? remaining) => remaining switch
    {
        null => "",
        { TotalHours: >= 1 } left => string.Create(CultureInfo.InvariantCulture, $"{(long)left.TotalHours} h {left.Minutes} min left"),
        { TotalMinutes: >= 1 } left => string.Create(CultureInfo.InvariantCulture, $"{left.Minutes} min {left.Seconds} s left"),
        { } left => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, Math.Ceiling(left.TotalSeconds)):0} s left"),
    };

    private sealed class Last
    {
        internal volatile CheckpointProgress? Progress;
    }

    private sealed class Reporter(Action<CheckpointProgress> report) : IProgress<CheckpointProgress>
    {
        public void Report(CheckpointProgress value) => report(value);
    }

    private sealed class BytesColumn(Last last) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(last.Progress is { } p ? $"{Numbers.Bytes(p.Bytes)} of {Numbers.Bytes(p.TotalBytes)}" : "");
    }

    private sealed class TimeLeftColumn(Last last) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(TimeLeft(last.Progress?.Remaining));
    }
}
