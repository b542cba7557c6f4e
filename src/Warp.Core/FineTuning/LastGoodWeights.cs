namespace Warp;

/// <summary>Remembers weights to return to.</summary>
internal sealed class LastGoodWeights : IDisposable
{
    private readonly PolicyOptimizer _optimizer;
    private readonly ParameterSet? _kept;

    internal LastGoodWeights(PolicyOptimizer optimizer, bool keep)
    {
        _optimizer = optimizer;
        _kept = keep ? optimizer.Weights.Clone() : null;
    }

    internal int Step { get; private set; }

    internal void Keep(int step)
    {
        _kept?.CopyFrom(_optimizer.Weights);
        Step = step;
    }

    internal void Restore()
    {
        if (_kept is not null)
            _optimizer.Restore(_kept);
    }

    public void Dispose() => _kept?.Dispose();
}
