namespace Warp.Tests;

public sealed class RewardModelTests
{
    private static readonly IReadOnlyList<Rollout> Three =
    [
        Rollouts.Of("p1", "one", tokens: 1),
        Rollouts.Of("p2", "three", tokens: 3, truncated: true),
        Rollouts.Of("p3", "skip", tokens: 2),
    ];

    private static readonly IRewardModel Letters = RewardModel.From(r => r.Completion.Text == "skip" ? Reward.NotScorable("asked to") : r.Completion.Text.Length);

    [Fact]
    public async Task A_function_of_one_rollout() =>
        Assert.Equal([Reward.Of(3), Reward.Of(5), Reward.NotScorable("asked to")], await Letters.ScoreAsync(Three));

    [Fact]
    public async Task A_function_of_a_batch_gets_the_token()
    {
        using var source = new CancellationTokenSource();
        var model = RewardModel.From((rollouts, token) =>
        {
            Assert.Equal(source.Token, token);
            return ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select((_, i) => Reward.Of(i))]);
        });
        Assert.Equal([Reward.Of(0), Reward.Of(1), Reward.Of(2)], await model.ScoreAsync(Three, source.Token));
        Assert.Equal([Reward.Of(0), Reward.Of(1), Reward.Of(2)], await model.WithLengthPenalty(0).ScoreAsync(Three, source.Token));
        Assert.Equal([Reward.Of(0), Reward.Of(2), Reward.Of(4)], await RewardModel.WeightedSum((model, 2)).ScoreAsync(Three, source.Token));
    }

    [Fact]
    public async Task A_weighted_sum_is_scorable_where_all_are()
    {
        var constant = RewardModel.From(_ => 10);
        var sum = RewardModel.WeightedSum((Letters, 2), (constant, -0.5));
        Assert.Equal([Reward.Of(1), Reward.Of(5), Reward.NotScorable("asked to")], await sum.ScoreAsync(Three));
        sum = RewardModel.WeightedSum((constant, -0.5), (Letters, 2));
        Assert.Equal([Reward.Of(1), Reward.Of(5), Reward.NotScorable("asked to")], await sum.ScoreAsync(Three));
        var other = RewardModel.From(_ => Reward.NotScorable("later"));
        Assert.Equal("asked to", (await RewardModel.WeightedSum((Letters, 1), (other, 1)).ScoreAsync(Three))[2].Reason);
    }

    [Fact]
    public async Task A_length_penalty_is_per_generated_token()
    {
        var rewards = await Letters.WithLengthPenalty(0.5).ScoreAsync(Three);
        Assert.Equal([Reward.Of(2.5), Reward.Of(3.5), Reward.NotScorable("asked to")], rewards);
    }

    [Fact]
    public async Task A_completion_that_was_cut_off_is_worth_what_the_caller_says()
    {
        Assert.Equal([Reward.Of(3), Reward.Of(-1), Reward.NotScorable("asked to")], await Letters.WithTruncatedReward(-1).ScoreAsync(Three));
        Assert.Equal(Reward.NotScorable("cut"), (await Letters.WithTruncatedReward(Reward.NotScorable("cut")).ScoreAsync(Three))[1]);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.1)]
    public void A_length_penalty_out_of_range_is_refused(double perToken)
    {
        var failure = Assert.Throws<ArgumentException>(nameof(perToken), () => Letters.WithLengthPenalty(perToken));
        Assert.Contains($"The length penalty is {perToken} per token; it must be finite and at least 0", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    public void A_weight_that_is_not_finite_is_refused(double weight)
    {
        var failure = Assert.Throws<ArgumentException>("parts", () => RewardModel.WeightedSum((Letters, 1), (Letters, weight)));
        Assert.Contains($"The weight of a reward model is {weight}; it must be finite", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_parts_are_refused()
    {
        Assert.Contains("at least one reward model", Assert.Throws<ArgumentException>("parts", () => RewardModel.WeightedSum()).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("parts", () => RewardModel.WeightedSum(null!));
        Assert.Throws<ArgumentNullException>("parts", () => RewardModel.WeightedSum((null!, 1)));
        Assert.Throws<ArgumentNullException>("score", () => RewardModel.From((Func<Rollout, Reward>)null!));
        Assert.Throws<ArgumentNullException>("score", () => RewardModel.From((Func<IReadOnlyList<Rollout>, CancellationToken, ValueTask<IReadOnlyList<Reward>>>)null!));
        Assert.Throws<ArgumentNullException>("model", () => RewardModel.WithLengthPenalty(null!, 1));
        Assert.Throws<ArgumentNullException>("model", () => RewardModel.WithTruncatedReward(null!, 1));
    }
}
