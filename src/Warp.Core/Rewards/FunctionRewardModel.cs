namespace Warp;

internal sealed class FunctionRewardModel(Func<IReadOnlyList<Rollout>, CancellationToken, ValueTask<IReadOnlyList<Reward>>> score) : IRewardModel
{
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken = default) =>
        score(rollouts, cancellationToken);
}
