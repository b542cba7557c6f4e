using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Warp;

/// <summary>Makes reward models of functions and of one another.</summary>
public static class RewardModel
{
    /// <summary>A reward model from a function of one rollout.</summary>
    /// <param name="score">The reward of a rollout; pure, and safe to call from several threads.</param>
    public static IRewardModel From(Func<Rollout, Reward> score)
    {
        ArgumentNullException.ThrowIfNull(score);
        return new FunctionRewardModel((rollouts, _) => ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select(score)]));
    }

    /// <summary>A reward model from an asynchronous function of a batch, for instance a call to a service.</summary>
    /// <param name="score">The rewards of the rollouts, in order.</param>
    public static IRewardModel From(Func<IReadOnlyList<Rollout>, CancellationToken, ValueTask<IReadOnlyList<Reward>>> score)
    {
        ArgumentNullException.ThrowIfNull(score);
        return new FunctionRewardModel(score);
    }

    /// <summary>Σ weightₖ · rₖ. A rollout that one model cannot score is not scorable.</summary>
    /// <param name="parts">Models and finite weights; at least one.</param>
    /// <exception cref="ArgumentException">There are no parts, or a weight is not finite.</exception>
    public static IRewardModel WeightedSum(params IReadOnlyList<(IRewardModel Model, double Weight)> parts) => new WeightedSumRewardModel(parts);

    /// <summary>r(x, y) − <paramref name="perToken"/> · (number of tokens of y).</summary>
    /// <param name="model">The model whose rewards are changed.</param>
    /// <param name="perToken">Reward taken off per generated token; finite and at least 0. The paper uses 0.0005 (Appendix E).</param>
    /// <exception cref="ArgumentException"><paramref name="perToken"/> is negative or not finite.</exception>
    public static IRewardModel WithLengthPenalty(this IRewardModel model, double perToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!double.IsFinite(perToken) || perToken < 0)
            throw new ArgumentException($"The length penalty is {perToken} per token; it must be finite and at least 0.", nameof(perToken));
        return new AdjustedRewardModel(model, (rollout, reward) => reward.Map(r => r - perToken * rollout.Completion.TokenIds.Count));
    }

    /// <summary>Replaces the reward of completions that were cut off before an end token.</summary>
    /// <param name="model">The model whose rewards are changed.</param>
    /// <param name="reward">What such a completion is worth: a value, or <see cref="Reward.NotScorable"/> to leave it out.</param>
    public static IRewardModel WithTruncatedReward(this IRewardModel model, Reward reward)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new AdjustedRewardModel(model, (rollout, r) => rollout.Completion.IsTruncated ? reward : r);
    }

    /// <summary>Asks again when the model throws, is late, or returns NaN, infinite, missing or surplus rewards. What fails to the last is the error of the last attempt.</summary>
    /// <param name="model">The model; with a timeout, one that can be asked again while it still works on what it is late with.</param>
    /// <param name="retries">How often to ask again, at least 0.</param>
    /// <param name="delay">How long to wait before that; at least 0.</param>
    /// <param name="timeout">How long one attempt may take, above 0; null, the default, for as long as it takes. The model's token is cancelled then.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="logger">Is told of every attempt that failed (event 106); null for none.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number or a time is out of range.</exception>
    public static IRewardModel WithRetries(
        this IRewardModel model, int retries, TimeSpan delay = default, TimeSpan? timeout = null, TimeProvider? time = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegative(retries);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        if (timeout is { } longest)
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(longest, TimeSpan.Zero, nameof(timeout));
        return new RetryingRewardModel(model, retries, delay, timeout, time ?? TimeProvider.System, logger ?? NullLogger.Instance);
    }
}
