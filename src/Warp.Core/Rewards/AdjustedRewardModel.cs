namespace Warp;

/// <summary>Changes each reward of another model.</summary>
internal sealed class AdjustedRewardModel(IRewardModel inner, Func<Rollout, Reward, Reward> change) : IRewardModel
{
    public async ValueTask<IReadOnlyList<Reward>> ScoreAsync(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken = default)
    {
        var rewards = await RewardCheck.ScoreAsync(inner, rollouts, cancellationToken).ConfigureAwait(false);
        return [.. rewards.Select((reward, i) => change(rollouts[i], reward))];
    }
}
