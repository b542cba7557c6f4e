namespace Warp;

/// <summary>Everything that a WARP measured.</summary>
public sealed record WarpReport
{
    /// <summary>The settings.</summary>
    public required WarpOptions Options { get; init; }

    /// <summary>θ_sft on the held-out prompts: the foot of the front.</summary>
    public required PolicyEvaluation Sft { get; init; }

    /// <summary>One entry per iteration.</summary>
    public required IReadOnlyList<IterationReport> Iterations { get; init; }

    /// <summary>The outcome: { (1−η) θ_sft + η θ_slerp of the last iteration }.</summary>
    public required KlRewardFront Front { get; init; }

    /// <summary>Wall-clock time.</summary>
    public required TimeSpan Duration { get; init; }
}

/// <summary>One iteration: M runs, their merge, and the next start.</summary>
public sealed record IterationReport
{
    /// <summary>i, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>The runs, in the order in which they were merged.</summary>
    public required IReadOnlyList<ReinforceReport> Runs { get; init; }

    /// <summary>Norms and angles of the task vectors.</summary>
    public required MergeReport Merge { get; init; }

    /// <summary>The merge (θ_slerp) on the held-out prompts.</summary>
    public required PolicyEvaluation Merged { get; init; }

    /// <summary>The next start, (1−η) θ_init + η θ_slerp, on the held-out prompts.</summary>
    public required PolicyEvaluation Next { get; init; }

    /// <summary>What looks wrong with the merge and the interpolation; empty when all is well. Warnings of runs are in their reports.</summary>
    public IReadOnlyList<FailureWarning> Warnings { get; init; } = [];

    /// <summary>Wall-clock time of the runs.</summary>
    public required TimeSpan FineTuningDuration { get; init; }

    /// <summary>Wall-clock time of merging and interpolating.</summary>
    public required TimeSpan MergingDuration { get; init; }

    /// <summary>Wall-clock time of the two evaluations.</summary>
    public required TimeSpan EvaluationDuration { get; init; }
}
