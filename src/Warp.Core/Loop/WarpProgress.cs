using System.Globalization;

namespace Warp;

/// <summary>Where a WARP is.</summary>
public sealed record WarpProgress
{
    /// <summary>What has just happened.</summary>
    public required WarpStage Stage { get; init; }

    /// <summary>i, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>I.</summary>
    public required int Iterations { get; init; }

    /// <summary>m, from 1, while fine-tuning; otherwise 0.</summary>
    public int Run { get; init; }

    /// <summary>M.</summary>
    public required int Runs { get; init; }

    /// <summary>The step of the run and what it measured, while fine-tuning; otherwise null.</summary>
    public ReinforceProgress? Step { get; init; }

    /// <summary>What a merge, an interpolation or a point of the front is worth, once evaluated; otherwise null.</summary>
    public PolicyEvaluation? Evaluation { get; init; }

    /// <summary>η of <see cref="Evaluation"/>, for interpolations and points of the front.</summary>
    public double? Eta { get; init; }

    /// <summary>Wall-clock time since the start.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Estimate of the time left, from the steps taken so far; null before the first.</summary>
    public TimeSpan? Remaining { get; init; }

    /// <inheritdoc/>
    public override string ToString()
    {
        var where = $"{Stage}, iteration {Iteration}/{Iterations}";
        return Step is { } step
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{where}, run {Run}/{Runs}, step {step.Step}/{step.Steps}: reward {step.Metrics.Reward:0.###}, KL to the anchor {step.Metrics.KlToAnchor:0.###} nats")
            : $"{where}{(Eta is { } eta ? string.Create(CultureInfo.InvariantCulture, $", η = {eta:0.##}") : "")}: {Evaluation}";
    }
}

/// <summary>The stages of WARP.</summary>
public enum WarpStage
{
    /// <summary>θ_sft has been evaluated.</summary>
    Start,

    /// <summary>Stage 1: a step of one of the runs.</summary>
    FineTuning,

    /// <summary>Stage 2: the runs have been merged and the merge evaluated.</summary>
    Merging,

    /// <summary>Stage 3: the merge has been interpolated towards its start and evaluated.</summary>
    Interpolating,

    /// <summary>A point of the output front has been evaluated.</summary>
    Front,
}
