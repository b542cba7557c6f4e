using System.Globalization;

namespace Warp.Samples;

/// <summary>Plain lines, for outputs that are not a terminal: the first step of a piece of work, and then ten more.</summary>
internal sealed class PlainDisplay(TextWriter output, TimeProvider time) : IDisplay
{
    private readonly Lock _gate = new();
    private readonly long _started = time.GetTimestamp();

    public IProgressLine Begin(string name, int steps) => new Line(this, name, steps);

    public void Say(string text)
    {
        lock (_gate)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"[{time.GetElapsedTime(_started).TotalSeconds,6:0.0} s] {text}"));
    }

    private sealed class Line(PlainDisplay owner, string name, int steps) : IProgressLine
    {
        private readonly TimeLeft _left = new(owner.Time, steps);
        private long _shown = -1;

        public void Report(int step, string details, TimeSpan? left = null)
        {
            left ??= _left.After(step);
            var tenth = step * 10L / steps;
            if (tenth == _shown)
                return;
            _shown = tenth;
            var clock = left is { } known ? $"  left {ProgressText.Clock(known)}" : "";
            owner.Say(string.Create(CultureInfo.InvariantCulture, $"{name,-20} step {step,4}/{steps}  {details}{clock}"));
        }

        public void End(string summary) => owner.Say($"{name,-20} {summary}");
    }

    private TimeProvider Time => time;
}
