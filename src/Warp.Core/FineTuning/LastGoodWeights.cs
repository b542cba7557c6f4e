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

    /// <summary>The weights; null if none are kept.</summary>
    internal ParameterSet? Kept => _kept;

    internal void Keep(int step)
    {
        _kept?.CopyFrom(_optimizer.Weights);
        Step = step;
    }

    /// <summary>Takes up what was kept before: changed tensors by name, or the optimizer's weights as they are.</summary>
    internal void Resume(int step, bool isCurrent, Func<string, TorchSharp.torch.Tensor?> saved)
    {
        using var noGradient = TorchSharp.torch.no_grad();
        foreach (var entry in _kept is null ? Enumerable.Empty<NamedTensor>() : _kept)
        {
            if ((isCurrent ? _optimizer.Weights[entry.Name].Tensor : saved(entry.Name)) is { } tensor)
                entry.Tensor.copy_(tensor);
        }

        Step = step;
    }

    internal void Restore()
    {
        if (_kept is not null)
            _optimizer.Restore(_kept);
    }

    public void Dispose() => _kept?.Dispose();
}
