namespace Warp;

/// <summary>How policies are evaluated on held-out prompts.</summary>
public sealed record EvaluationOptions
{
    /// <summary>The seed of the sampling: the same for every policy, so that comparisons share their noise. Default 0, whatever the
    /// seed of the training: set it to study the noise of evaluation too.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// The most completions sampled and scored at once, at least 1; bounds the memory. Default 64. It is part of what the seed means: another
    /// value samples other completions.
    /// </summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>
    /// Whether the KL is also measured over the whole vocabulary, when the policies give their distributions
    /// (<see cref="IDistributionPolicy"/>): one further forward pass of each, and less variance. Default true.
    /// </summary>
    public bool ExactKl { get; init; } = true;

    /// <summary>Whether the completions are kept in the result. Default false.</summary>
    public bool KeepRollouts { get; init; }

    /// <summary>
    /// Threads that torch uses on the CPU, at least 1. Default 1. See <see cref="ReinforceOptions.TorchThreads"/>, which holds for evaluations
    /// inside a run.
    /// </summary>
    public int TorchThreads { get; init; } = 1;

    internal IEnumerable<string> Problems()
    {
        if (BatchSize < 1)
            yield return $"{nameof(BatchSize)} is {BatchSize}; it must be at least 1";
        if (TorchThreads < 1)
            yield return $"{nameof(TorchThreads)} is {TorchThreads}; it must be at least 1";
    }
}
