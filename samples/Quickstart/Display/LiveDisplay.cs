using Spectre.Console;

namespace Warp.Quickstart;

/// <summary>A bar for each piece of work, on a terminal.</summary>
internal sealed class LiveDisplay(ProgressContext context) : IDisplay
{
    public IProgressLine Begin(string name, int steps) => new Line(context.AddTask(Markup.Escape(name), maxValue: steps), name);

    public void Say(string text) => AnsiConsole.MarkupLineInterpolated($"{text}");

    public static Task ShowAsync(Func<IDisplay, Task> work) => AnsiConsole.Progress()
        .AutoClear(false)
        .HideCompleted(false)
        .Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new RemainingTimeColumn())
        .StartAsync(context => work(new LiveDisplay(context)));

    private sealed class Line(ProgressTask task, string name) : IProgressLine
    {
        public void Report(int step, string details)
        {
            task.Value = step;
            task.Description = $"{Markup.Escape(name),-34} [grey]{Markup.Escape(details)}[/]";
        }

        public void End(string summary)
        {
            task.Value = task.MaxValue;
            task.Description = $"{Markup.Escape(name),-34} {Markup.Escape(summary)}";
            task.StopTask();
        }
    }
}
