namespace Warp;

/// <summary>How policies are evaluated on held-out prompts.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The seed of the sampling: the same for every policy, so that comparisons share their noise. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>The most completions sampled and scored at once, at least 1; bounds the memory. Default 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Whether the completions are kept in the result. Default false.</summary>
    public bool KeepRollouts { get; init; }

    /// <summary>Threads that torch uses on the CPU, at least 1. Default 1. See <see cref="ReinforceOptions.TorchThreads"/>.</summary>
    public int TorchThreads { get; init; } = 1;

    internal IEnumerable<string> Problems()
    {
        if (BatchSize < 1)
            yield return $"{nameof(BatchSize)} is {BatchSize}; it must be at least 1";
        if (TorchThreads < 1)
            yield return $"{nameof(TorchThreads)} is {TorchThreads}; it must be at least 1";
    }
}
