namespace Warp;

/// <summary>Asks a reward model and checks what it says.</summary>
internal static class RewardCheck
{
    /// <exception cref="RewardException">The model failed, the count is wrong, or a reward is NaN, infinite or missing.</exception>
    internal static async ValueTask<IReadOnlyList<Reward>> ScoreAsync(IRewardModel model, IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken)
    {
        var rewards = await AskAsync(model, rollouts, cancellationToken).ConfigureAwait(false);
        if (rewards is null || rewards.Count != rollouts.Count)
        {
            throw new RewardException(
                $"The reward model {model.GetType().Name} returned {rewards?.Count.ToString() ?? "no"} rewards for {rollouts.Count} completions; "
                + "it must return one for each, in order (Reward.NotScorable for those it cannot judge).",
                rollouts is [var first, ..] ? first : null);
        }

        for (var i = 0; i < rewards.Count; i++)
        {
            if (rewards[i].IsNotScorable || (rewards[i].IsScored && double.IsFinite(rewards[i].Value)))
                continue;
            var received = rewards[i].IsScored ? $"the reward {rewards[i].Value}" : "no reward (default(Reward))";
            throw new RewardException(
                $"The reward model {model.GetType().Name} returned {received} for prompt \"{rollouts[i].Prompt.Text}\" and completion "
                + $"\"{rollouts[i].Completion.Text}\"; rewards must be finite. Return Reward.NotScorable for what cannot be judged.",
                rollouts[i]);
        }

        return rewards;
    }

    private static async ValueTask<IReadOnlyList<Reward>?> AskAsync(IRewardModel model, IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken)
    {
        try
        {
            return await model.ScoreAsync(rollouts, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception failure) when (cancellationToken.IsCancellationRequested && failure is not OperationCanceledException)
        {
            // Clients of services have errors of their own for a call that was cancelled.
            throw new OperationCanceledException($"Cancelled while the reward model {model.GetType().Name} was asked, which then failed: {failure.Message}", failure, cancellationToken);
        }
        catch (Exception failure) when (failure is not RewardException && !cancellationToken.IsCancellationRequested)
        {
            var first = rollouts.Count > 0 ? rollouts[0] : null;
            throw new RewardException(
                $"The reward model {model.GetType().Name} failed on {rollouts.Count} completions, the first of them of prompt \"{first?.Prompt.Text}\" and "
                + $"completion \"{first?.Completion.Text}\": {Sentence.Of(failure.Message)} For failures that pass there is RewardModel.WithRetries; a run with a checkpoint is saved and takes the step again when started again.",
                first,
                failure);
        }
    }
}
