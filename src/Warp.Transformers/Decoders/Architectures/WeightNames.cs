namespace Warp.Transformers;

/// <summary>What transformers calls the modules of an architecture.</summary>
internal sealed record WeightNames
{
    /// <summary>Everything but the output head.</summary>
    internal required string Body { get; init; }

    internal required string Embedding { get; init; }

    /// <summary>The table of learned positions; null where positions are rotary.</summary>
    internal string? Positions { get; init; }

    internal required string Blocks { get; init; }

    internal required string FinalNorm { get; init; }

    internal required string Head { get; init; }

    internal required string AttentionNorm { get; init; }

    internal required string Attention { get; init; }

    /// <summary>Within the attention, the matrix behind it.</summary>
    internal required string AttentionOutput { get; init; }

    /// <summary>The norm of what the attention adds; null where there is none.</summary>
    internal string? AttentionOutputNorm { get; init; }

    internal required string MlpNorm { get; init; }

    internal required string Mlp { get; init; }

    /// <summary>The norm of what the MLP adds; null where there is none.</summary>
    internal string? MlpOutputNorm { get; init; }
}
