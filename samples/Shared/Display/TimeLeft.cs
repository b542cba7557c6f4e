namespace Warp.Samples;

/// <summary>Estimates the time left of a piece of work from its pace since its first step.</summary>
internal sealed class TimeLeft(TimeProvider time, int steps)
{
    private int _first;
    private long _began;

    /// <summary>The time left after a step; null at the first, which shows no pace yet.</summary>
    public TimeSpan? After(int step)
    {
        if (_first == 0)
        {
            (_first, _began) = (step, time.GetTimestamp());
            return null;
        }

        return step == _first ? null : time.GetElapsedTime(_began) * ((double)(steps - step) / (step - _first));
    }
}
