using Spectre.Console;

namespace Warp.Quickstart;

/// <summary>A row for each piece of work, on a terminal: name, step, details, time left, bar. Nothing wraps; what is too long ends in an ellipsis.</summary>
internal sealed class LiveDisplay(IAnsiConsole console, ProgressContext context) : IDisplay
{
    public IProgressLine Begin(string name, int steps) => new Line(context.AddTask(Markup.Escape(name), maxValue: steps), name);

    public void Say(string text) => console.WriteLine(text);

    public static Task ShowAsync(IAnsiConsole console, Func<IDisplay, Task> work) => console.Progress()
        .AutoClear(false)
        .HideCompleted(false)
        .Columns(LiveColumn.For(console.Profile.Width))
        .StartAsync(context => work(new LiveDisplay(console, context)));

    private sealed class Line : IProgressLine
    {
        private readonly ProgressTask _task;

        public Line(ProgressTask task, string name)
        {
            _task = task;
            Show(LiveColumn.Name, name);
            Show(LiveColumn.Step, $"0/{task.MaxValue}");
        }

        public void Report(int step, string details, TimeSpan? left = null)
        {
            _task.Value = step;
            left ??= _task.ElapsedTime * ((_task.MaxValue - step) / Math.Max(1, step));
            Show(LiveColumn.Step, $"{step}/{_task.MaxValue}");
            Show(LiveColumn.Details, details);
            Show(LiveColumn.Left, left is { } time ? ProgressText.Clock(time) : "");
        }

        public void End(string summary)
        {
            _task.Value = _task.MaxValue;
            Show(LiveColumn.Details, summary);
            Show(LiveColumn.Left, "");
            _task.StopTask();
        }

        private void Show(string what, string text) => _task.State.Update<LiveColumn.Content>(what, _ => new(text));
    }
}
