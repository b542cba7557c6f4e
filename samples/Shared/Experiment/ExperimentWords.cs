namespace Warp.Samples;

/// <summary>What results are called.</summary>
internal sealed record ExperimentWords
{
    /// <summary>The title of the picture.</summary>
    public required string Title { get; init; }

    /// <summary>The reward that training sees, beside the axis of the picture.</summary>
    public required string RewardAxis { get; init; }

    /// <summary>The score that training never sees: its name in the catalog, in tables and in <c>front.csv</c>.</summary>
    public required string JudgeName { get; init; }

    /// <summary>The score that training never sees, in a sentence.</summary>
    public required string Judge { get; init; }

    /// <summary>The score that training never sees, beside the axis of the picture.</summary>
    public required string JudgeAxis { get; init; }

    /// <summary>In what unit the reward is, in a sentence.</summary>
    public required string Unit { get; init; }
}
