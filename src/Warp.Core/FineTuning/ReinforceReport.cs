namespace Warp;

/// <summary>Everything that a run measured.</summary>
public sealed record ReinforceReport
{
    /// <summary>The seed of the run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Why it ended.</summary>
    public required StopReason StopReason { get; init; }

    /// <summary>The step whose weights the policy has now: the last one, or the last good one if the KL ceiling was met (0: the start).</summary>
    public required int FinalStep { get; init; }

    /// <summary>One entry per step.</summary>
    public required IReadOnlyList<StepMetrics> Steps { get; init; }

    /// <summary>Held-out evaluations, by step; empty without an evaluator.</summary>
    public required IReadOnlyList<StepEvaluation> Evaluations { get; init; }

    /// <summary>What looked wrong, each once, in the order in which it was noticed. Empty when all is well.</summary>
    public IReadOnlyList<FailureWarning> Warnings { get; init; } = [];

    /// <summary>Steps that were not applied because loss, gradient or weights would not have been finite.</summary>
    public int SkippedSteps => Steps.Count(s => s.IsSkipped);

    /// <summary>Generated tokens while training, evaluations not counted.</summary>
    public long Tokens => Steps.Sum(s => (long)s.Tokens);

    /// <summary>Wall-clock time, evaluations included.</summary>
    public required TimeSpan Duration { get; init; }
}

/// <summary>An evaluation during a run.</summary>
/// <param name="Step">After this step.</param>
/// <param name="Evaluation">What was measured.</param>
public sealed record StepEvaluation(int Step, PolicyEvaluation Evaluation);

/// <summary>Why a run ended.</summary>
public enum StopReason
{
    /// <summary>All steps were taken.</summary>
    Completed,

    /// <summary>The KL to θ_sft reached the ceiling; the weights are those of the last evaluation below it.</summary>
    KlCeiling,
}

/// <summary>A step has been taken.</summary>
/// <param name="Step">The step, from 1.</param>
/// <param name="Steps">Of how many.</param>
/// <param name="Metrics">What it measured.</param>
/// <param name="Evaluation">The held-out evaluation after it, if there was one.</param>
public sealed record ReinforceProgress(int Step, int Steps, StepMetrics Metrics, PolicyEvaluation? Evaluation);
