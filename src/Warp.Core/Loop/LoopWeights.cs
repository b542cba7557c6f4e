namespace Warp;

/// <summary>Owns the weights that live through the loop, so that an error or a cancellation at any point frees them.</summary>
internal sealed class LoopWeights : IDisposable
{
    private ParameterSet? _init;
    private ParameterSet? _merged;

    /// <summary>θ_init of the iteration.</summary>
    internal required ParameterSet Init
    {
        get => _init!;
        init => _init = value;
    }

    /// <summary>θ_slerp of the iteration; setting it frees the one before.</summary>
    internal ParameterSet? Merged
    {
        get => _merged;
        set
        {
            _merged?.Dispose();
            _merged = value;
        }
    }

    /// <summary>The start of the next iteration.</summary>
    internal ParameterSet? Next { get; set; }

    /// <summary>The next start becomes the start.</summary>
    internal void Advance()
    {
        _init?.Dispose();
        (_init, Next) = (Next, null);
    }

    /// <summary>Hands the final weights over.</summary>
    internal (ParameterSet Final, ParameterSet Merged) Release()
    {
        var released = (Init, Merged!);
        (_init, _merged) = (null, null);
        return released;
    }

    public void Dispose()
    {
        _init?.Dispose();
        _merged?.Dispose();
        Next?.Dispose();
    }
}
