namespace Warp;

/// <summary>Scores completions (r(x, y) in the paper). It may be local or remote.</summary>
/// <remarks>One model may be asked by several runs at once.</remarks>
public interface IRewardModel
{
    /// <summary>Scores completions.</summary>
    /// <param name="rollouts">Prompts and completions, as text and as the policy's token ids; at least one.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>One reward per rollout, in order. NaN, infinite, missing or surplus rewards are errors of the caller's run.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    ValueTask<IReadOnlyList<Reward>> ScoreAsync(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken = default);
}
