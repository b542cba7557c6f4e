using Spectre.Console;

namespace Warp.Samples;

/// <summary>A row for each piece of work, on a terminal: name, step, details, time left, bar. Nothing wraps; what is too long ends in an ellipsis.</summary>
internal sealed class LiveDisplay(IAnsiConsole console, ProgressContext context, TimeProvider time) : IDisplay
{
    public IProgressLine Begin(string name, int steps) => new Line(context.AddTask(Markup.Escape(name), maxValue: steps), name, new TimeLeft(time, steps));

    public void Say(string text) => console.WriteLine(text);

    public static Task ShowAsync(IAnsiConsole console, TimeProvider time, Func<IDisplay, Task> work) => console.Progress()
        .AutoClear(false)
        .HideCompleted(false)
        .Columns(LiveColumn.For(console.Profile.Width))
        .StartAsync(context => work(new LiveDisplay(console, context, time)));

    private sealed class Line : IProgressLine
    {
        private readonly ProgressTask _task;
        private readonly TimeLeft _left;

        public Line(ProgressTask task, string name, TimeLeft left)
        {
            (_task, _left) = (task, left);
            Show(LiveColumn.Name, name);
            Show(LiveColumn.Step, $"0/{task.MaxValue}");
        }

        public void Report(int step, string details, TimeSpan? left = null)
        {
            _task.Value = step;
            left ??= _left.After(step);
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
