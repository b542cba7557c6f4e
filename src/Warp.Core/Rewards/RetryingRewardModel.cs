using Microsoft.Extensions.Logging;

namespace Warp;

/// <summary>Asks another model again when it fails, is late or says something unusable.</summary>
internal sealed class RetryingRewardModel(IRewardModel inner, int retries, TimeSpan delay, TimeSpan? timeout, TimeProvider time, ILogger logger) : IRewardModel
{
    public async ValueTask<IReadOnlyList<Reward>> ScoreAsync(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await AskAsync(rollouts, cancellationToken).ConfigureAwait(false);
            }
            catch (RewardException failure) when (attempt <= retries)
            {
                Log.RewardRetried(logger, attempt, retries + 1, delay, failure.Message);
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<IReadOnlyList<Reward>> AskAsync(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken)
    {
        if (timeout is not { } longest)
            return await RewardCheck.ScoreAsync(inner, rollouts, cancellationToken).ConfigureAwait(false);

        // On a thread of the pool, because a model that computes would not give the thread back before it has finished. If no thread was free in
        // time, the model is not asked at all: it would answer nobody, beside the next attempt.
        using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var token = late.Token;
        try
        {
            return await Task.Run(() => RewardCheck.ScoreAsync(inner, rollouts, token).AsTask(), token)
                .WaitAsync(longest, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException failure)
        {
            await late.CancelAsync().ConfigureAwait(false);
            var first = rollouts.Count > 0 ? rollouts[0] : null;
            throw new RewardException(
                $"The reward model {inner.GetType().Name} gave no answer within {longest} for {rollouts.Count} completions, the first of them of prompt "
                + $"\"{first?.Prompt.Text}\" and completion \"{first?.Completion.Text}\". Give it more time, or smaller batches.",
                first,
                failure);
        }
    }
}
