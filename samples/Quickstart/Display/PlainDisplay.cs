using System.Globalization;

namespace Warp.Quickstart;

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
        private readonly long _began = owner.Time.GetTimestamp();
        private long _shown = -1;

        public void Report(int step, string details, TimeSpan? left = null)
        {
            var tenth = step * 10L / steps;
            if (tenth == _shown)
                return;
            _shown = tenth;
            left ??= owner.Time.GetElapsedTime(_began) * ((double)(steps - step) / Math.Max(1, step));
            owner.Say(string.Create(CultureInfo.InvariantCulture, $"{name,-20} step {step,4}/{steps}  {details}  left {ProgressText.Clock(left.Value)}"));
        }

        public void End(string summary) => owner.Say($"{name,-20} {summary}");
    }

    private TimeProvider Time => time;
}
