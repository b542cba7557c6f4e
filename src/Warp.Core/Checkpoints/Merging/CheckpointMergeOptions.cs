namespace Warp;

/// <summary>How checkpoints are merged from files to files.</summary>
public sealed record CheckpointMergeOptions
{
    /// <summary>The default of <see cref="MemoryBudget"/>: 768 MiB.</summary>
    public const long DefaultMemoryBudget = 768L << 20;

    private const long SmallestMemoryBudget = 1L << 20;

    /// <summary>SLERP (the default) or LERP of the task vectors.</summary>
    public CheckpointMergeMethod Method { get; init; }

    /// <summary>Granularity, λ, grouping, output type (null: each tensor keeps the type that it has in θ_init).</summary>
    public MergeOptions Merge { get; init; } = new();

    /// <summary>η of an interpolation of the merge towards θ_init, in [0, 1]; null, the default, for none (η = 1).</summary>
    public double? Eta { get; init; }

    /// <summary>Whether <see cref="Eta"/> and the η of interpolations may go beyond 1. Default false.</summary>
    public bool AllowExtrapolation { get; init; }

    /// <summary>
    /// About how many bytes of buffers the work holds at once, at least 1 MiB. A group stays in memory between its two passes if M + 2 times its
    /// size fits; a larger one is read twice, in blocks. Default 768 MiB, enough for groups of 190 MB with M = 2. The result does not depend on it.
    /// </summary>
    public long MemoryBudget { get; init; } = DefaultMemoryBudget;

    /// <summary>The greatest size of one output file, in bytes, when the output is a folder. Default <see cref="CheckpointWriterOptions.DefaultMaxShardBytes"/>.</summary>
    public long MaxShardBytes { get; init; } = CheckpointWriterOptions.DefaultMaxShardBytes;

    /// <summary>Whether an existing output is replaced. Default false: it is refused by an <see cref="OutputExistsException"/>.</summary>
    public bool Overwrite { get; init; }

    internal IEnumerable<string> Problems(int? policies)
    {
        foreach (var problem in Merge.Problems(policies).Within(nameof(Merge)))
            yield return problem;
        if (!Enum.IsDefined(Method))
            yield return $"{nameof(Method)} is {Method}; it may be Slerp or Lerp";
        if (Eta is { } eta && !(double.IsFinite(eta) && eta >= 0 && (eta <= 1 || AllowExtrapolation)))
            yield return $"{nameof(Eta)} is {eta}; it must be {(AllowExtrapolation ? "a finite number of at least 0" : $"in [0, 1] (set {nameof(AllowExtrapolation)} to go beyond 1)")}";
        if (MemoryBudget < SmallestMemoryBudget)
            yield return $"{nameof(MemoryBudget)} is {MemoryBudget} bytes; it must be at least {SmallestMemoryBudget} (1 MiB)";
        if (MaxShardBytes < 1)
            yield return $"{nameof(MaxShardBytes)} is {MaxShardBytes} bytes; it must be at least 1";
    }
}

/// <summary>The methods of merging checkpoints.</summary>
public enum CheckpointMergeMethod
{
    /// <summary>Spherical interpolation, as <see cref="SlerpMerger"/>.</summary>
    Slerp,

    /// <summary>Linear interpolation, as <see cref="LerpMerger"/>.</summary>
    Lerp,
}
