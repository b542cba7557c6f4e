namespace Warp;

/// <summary>Remembers weights to return to.</summary>
internal sealed class LastGoodWeights : IDisposable
{
    private readonly ParameterSet _live;
    private ParameterSet? _kept;

    internal LastGoodWeights(ParameterSet live, bool keep)
    {
        _live = live;
        _kept = keep ? live.Clone() : null;
    }

    internal int Step { get; private set; }

    internal void Keep(int step)
    {
        _kept?.CopyFrom(_live);
        Step = step;
    }

    internal void Restore()
    {
        if (_kept is not null)
            _live.CopyFrom(_kept);
    }

    public void Dispose() => _kept?.Dispose();
}
