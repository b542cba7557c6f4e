namespace Warp.Plotting;

/// <summary>A point in the KL-reward plane. Error bars span one standard error on each side.</summary>
/// <param name="Kl">KL, in the unit of the axis (nats per sequence); finite.</param>
/// <param name="Reward">Reward, in its own unit; finite.</param>
/// <param name="KlStandardError">Standard error of the KL; finite and at least 0. 0 draws no bar.</param>
/// <param name="RewardStandardError">Standard error of the reward; finite and at least 0. 0 draws no bar.</param>
public sealed record FrontSeriesPoint(double Kl, double Reward, double KlStandardError = 0, double RewardStandardError = 0)
{
    /// <summary>Text beside the point, for instance its η or its training step; null for none.</summary>
    public string? Label { get; init; }

    /// <summary>The point of an evaluation.</summary>
    /// <param name="evaluation">The evaluation.</param>
    /// <param name="otherReward">The name of one of its other rewards to take; null takes the training reward.</param>
    /// <exception cref="ArgumentException">There is no reward of that name.</exception>
    public static FrontSeriesPoint From(PolicyEvaluation evaluation, string? otherReward = null)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        var reward = evaluation.Reward;
        if (otherReward is not null && !evaluation.OtherRewards.TryGetValue(otherReward, out reward))
        {
            var known = evaluation.OtherRewards.Count == 0 ? "it has no other rewards" : $"it has {string.Join(", ", evaluation.OtherRewards.Keys)}";
            throw new ArgumentException($"The evaluation has no other reward called '{otherReward}'; {known}. Ask for it when evaluating.", nameof(otherReward));
        }

        return new(evaluation.Kl.Mean, reward.Mean, evaluation.Kl.StandardError, reward.StandardError);
    }
}
