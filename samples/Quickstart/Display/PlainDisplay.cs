using System.Globalization;

namespace Warp.Quickstart;

/// <summary>Plain lines, for outputs that are not a terminal: ten per piece of work.</summary>
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
        private int _shown;

        public void Report(int step, string details)
        {
            if (step * 10 / steps == _shown && step != steps)
                return;
            _shown = step * 10 / steps;
            var left = owner.Time.GetElapsedTime(_began) * ((double)(steps - step) / step);
            owner.Say(string.Create(CultureInfo.InvariantCulture, $"{name,-34} step {step,4}/{steps}  {details}  left {left:m\\:ss}"));
        }

        public void End(string summary) => owner.Say($"{name,-34} {summary}");
    }

    private TimeProvider Time => time;
}
