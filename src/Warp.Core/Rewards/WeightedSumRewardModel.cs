namespace Warp;

internal sealed class WeightedSumRewardModel : IRewardModel
{
    private readonly (IRewardModel Model, double Weight)[] _parts;

    internal WeightedSumRewardModel(IReadOnlyList<(IRewardModel Model, double Weight)> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 0)
            throw new ArgumentException("A weighted sum needs at least one reward model.", nameof(parts));
        foreach (var (model, weight) in parts)
        {
            ArgumentNullException.ThrowIfNull(model, nameof(parts));
            if (!double.IsFinite(weight))
                throw new ArgumentException($"The weight of a reward model is {weight}; it must be finite.", nameof(parts));
        }

        _parts = [.. parts];
    }

    public async ValueTask<IReadOnlyList<Reward>> ScoreAsync(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken = default)
    {
        var sum = new Reward[rollouts.Count];
        Array.Fill(sum, Reward.Of(0));
        foreach (var (model, weight) in _parts)
        {
            var rewards = await RewardCheck.ScoreAsync(model, rollouts, cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < sum.Length; i++)
                sum[i] = rewards[i].IsScored ? sum[i].Map(s => s + weight * rewards[i].Value) : sum[i].IsScored ? rewards[i] : sum[i];
        }

        return sum;
    }
}
