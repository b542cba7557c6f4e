namespace Warp;

/// <summary>What one REINFORCE step measured, over its own batch and before its update.</summary>
public sealed record StepMetrics
{
    /// <summary>The step, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Mean reward of the scorable completions, without the KL penalty; NaN if there were none.</summary>
    public required double Reward { get; init; }

    /// <summary>Sample standard deviation of those rewards; 0 means that the rewards of the batch were all alike.</summary>
    public required double RewardDeviation { get; init; }

    /// <summary>Mean over completions of log π_θ(y|x) − log π_anchor(y|x), in nats per sequence (k1 estimate of the KL to the anchor).</summary>
    public required double KlToAnchor { get; init; }

    /// <summary>The same sum divided by the number of generated tokens, in nats per token.</summary>
    public required double KlToAnchorPerToken { get; init; }

    /// <summary>Mean number of generated tokens per completion, the end token included.</summary>
    public required double Length { get; init; }

    /// <summary>Share of completions cut off at the greatest length, in [0, 1].</summary>
    public required double TruncatedShare { get; init; }

    /// <summary>Completions that the reward model declined.</summary>
    public required int NotScorable { get; init; }

    /// <summary>Completions that weighed in the gradient; with 0, weights and anchor stayed as they were.</summary>
    public required int Used { get; init; }

    /// <summary>Whether the step was not applied because its loss, gradient or weights would not have been finite; see <see cref="ReinforceOptions.NonFinite"/>.</summary>
    public bool IsSkipped { get; init; }

    /// <summary>Euclidean norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>The learning rate of the step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Generated tokens.</summary>
    public required int Tokens { get; init; }

    /// <summary>Wall-clock time of the step.</summary>
    public required TimeSpan Duration { get; init; }
}
