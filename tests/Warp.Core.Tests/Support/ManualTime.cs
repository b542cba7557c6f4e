namespace Warp.Tests;

/// <summary>A clock whose timers fire when the test says so.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<(TimeSpan Due, Action Fire)> _timers = [];

    /// <summary>Fires the timers that were set for this long.</summary>
    public int Fire(TimeSpan due)
    {
        Action[] fired;
        lock (_gate)
        {
            fired = [.. _timers.Where(t => t.Due == due).Select(t => t.Fire)];
            _timers.RemoveAll(t => t.Due == due);
        }

        Array.ForEach(fired, f => f());
        return fired.Length;
    }

    /// <summary>The same, once there is one.</summary>
    public async Task FireAsync(TimeSpan due, CancellationToken cancellationToken)
    {
        while (Fire(due) == 0)
            await Task.Delay(1, cancellationToken);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
            _timers.Add((dueTime, () => callback(state)));
        return new Timer();
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
