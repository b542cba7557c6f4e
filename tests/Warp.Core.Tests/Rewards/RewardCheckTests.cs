namespace Warp.Tests;

public sealed class RewardCheckTests
{
    private static readonly IReadOnlyList<Rollout> Two = [Rollouts.Of("first prompt", "first"), Rollouts.Of("second prompt", "second")];

    public static TheoryData<double> NotFinite => [double.NaN, double.PositiveInfinity, double.NegativeInfinity];

    [Theory]
    [MemberData(nameof(NotFinite))]
    public async Task A_reward_that_is_not_finite_names_prompt_and_completion(double value)
    {
        foreach (var model in Around(RewardModel.From(r => r.Completion.Text == "second" ? value : 1)))
        {
            var failure = await Assert.ThrowsAsync<RewardException>(() => RewardCheck.ScoreAsync(model, Two, CancellationToken.None).AsTask());
            Assert.Same(Two[1], failure.Rollout);
            Assert.Contains($"the reward {value}", failure.Message, StringComparison.Ordinal);
            Assert.Contains("\"second prompt\"", failure.Message, StringComparison.Ordinal);
            Assert.Contains("completion \"second\"", failure.Message, StringComparison.Ordinal);
            Assert.Contains("Return Reward.NotScorable", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_forgotten_reward_is_noticed()
    {
        foreach (var model in Around(RewardModel.From((_, _) => ValueTask.FromResult<IReadOnlyList<Reward>>(new Reward[2]))))
        {
            var failure = await Assert.ThrowsAsync<RewardException>(() => RewardCheck.ScoreAsync(model, Two, CancellationToken.None).AsTask());
            Assert.Same(Two[0], failure.Rollout);
            Assert.Contains("no reward (default(Reward))", failure.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task The_wrong_number_of_rewards_is_refused(int count)
    {
        foreach (var model in Around(RewardModel.From((_, _) => ValueTask.FromResult<IReadOnlyList<Reward>>([.. Enumerable.Repeat(Reward.Of(1), count)]))))
        {
            var failure = await Assert.ThrowsAsync<RewardException>(() => RewardCheck.ScoreAsync(model, Two, CancellationToken.None).AsTask());
            Assert.Contains($"returned {count} rewards for 2 completions; it must return one for each, in order", failure.Message, StringComparison.Ordinal);
            Assert.Same(Two[0], failure.Rollout);
        }
    }

    [Fact]
    public async Task No_list_is_refused()
    {
        var model = RewardModel.From((_, _) => ValueTask.FromResult<IReadOnlyList<Reward>>(null!));
        var failure = await Assert.ThrowsAsync<RewardException>(() => RewardCheck.ScoreAsync(model, Two, CancellationToken.None).AsTask());
        Assert.Contains("returned no rewards for 2 completions", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Surplus_rewards_for_an_empty_batch_are_refused_too()
    {
        var model = RewardModel.From((_, _) => ValueTask.FromResult<IReadOnlyList<Reward>>([1]));
        var failure = await Assert.ThrowsAsync<RewardException>(() => RewardCheck.ScoreAsync(model, [], CancellationToken.None).AsTask());
        Assert.Contains("returned 1 rewards for 0 completions", failure.Message, StringComparison.Ordinal);
        Assert.Null(failure.Rollout);
    }

    [Fact]
    public async Task Good_rewards_pass()
    {
        var model = RewardModel.From(r => r.Completion.Text == "first" ? -1e300 : Reward.NotScorable("why"));
        Assert.Equal([Reward.Of(-1e300), Reward.NotScorable("why")], await RewardCheck.ScoreAsync(model, Two, CancellationToken.None));
    }

    [Fact]
    public async Task A_models_failure_is_told_with_its_completion_and_cancellation_passes()
    {
        var broken = RewardModel.From(_ => throw new InvalidTimeZoneException());
        var error = await Assert.ThrowsAsync<RewardException>(() => RewardCheck.ScoreAsync(broken, Two, CancellationToken.None).AsTask());
        Assert.IsType<InvalidTimeZoneException>(error.InnerException);
        Assert.Same(Two[0], error.Rollout);
        Assert.Contains("\"first prompt\"", error.Message, StringComparison.Ordinal);
        // A time-out inside the model is its failure, not the caller's cancellation.
        var late = RewardModel.From(_ => throw new TaskCanceledException("timed out"));
        Assert.IsType<TaskCanceledException>((await Assert.ThrowsAsync<RewardException>(() => RewardCheck.ScoreAsync(late, Two, CancellationToken.None).AsTask())).InnerException);
        var patient = RewardModel.From(async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return [];
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => RewardCheck.ScoreAsync(patient, Two, new CancellationToken(canceled: true)).AsTask());
    }

    [Fact]
    public void The_exception_keeps_what_it_is_given()
    {
        var inner = new InvalidOperationException();
        var failure = new RewardException("what", Two[0], inner);
        Assert.Equal(("what", Two[0], inner), (failure.Message, failure.Rollout, failure.InnerException));
        Assert.Null(new RewardException().Rollout);
        Assert.Null(new RewardException("what").Rollout);
        Assert.Same(inner, new RewardException("what", inner).InnerException);
    }

    /// <summary>A bad model alone and within each model that asks another.</summary>
    private static IRewardModel[] Around(IRewardModel model) =>
        [model, model.WithLengthPenalty(0.1), model.WithTruncatedReward(0), RewardModel.WeightedSum((model, 1)), RewardModel.WeightedSum((RewardModel.From(_ => 1), 1), (model, 1))];

    [Fact]
    public async Task A_model_that_fails_because_it_was_cancelled_is_a_cancellation()
    {
        using var cancel = new CancellationTokenSource();
        var model = RewardModel.From((_, _) =>
        {
            cancel.Cancel();
            throw new InvalidOperationException("call aborted"); // as the clients of some services say it
        });
        var error = await Assert.ThrowsAsync<OperationCanceledException>(() => model.WithRetries(3).ScoreAsync([Rollouts.Of("a", "b")], cancel.Token).AsTask());
        Assert.Equal(cancel.Token, error.CancellationToken);
        Assert.Contains("call aborted", error.Message, StringComparison.Ordinal);
    }
}
