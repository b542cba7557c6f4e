namespace Warp.Tests;

public sealed class KlRewardFrontTests
{
    [Fact]
    public void Points_that_another_beats_are_left_out() =>
        Assert.Equal([0.0, 0.4, 1.0], Optimal((0, 0, 0), (0.2, 2, -1), (0.4, 1, 3), (0.6, 3, 2), (1, 4, 5)));

    [Fact]
    public void The_order_is_that_of_the_KL_whatever_the_order_of_the_points() =>
        Assert.Equal([0.3, 0.1, 0.2], Optimal((0.1, 2, 2), (0.2, 3, 3), (0.3, 1, 1)));

    [Fact]
    public void At_one_KL_the_greater_reward_wins_and_at_one_reward_the_smaller_KL()
    {
        Assert.Equal([0.2], Optimal((0.1, 1, 1), (0.2, 1, 2)));
        Assert.Equal([0.1], Optimal((0.1, 1, 1), (0.2, 2, 1)));
        Assert.Equal([0.1], Optimal((0.1, 1, 1), (0.2, 1, 1)));
    }

    [Fact]
    public void Points_without_a_number_are_left_out() =>
        Assert.Equal([0.3], Optimal((0.1, double.NaN, 9), (0.2, 0, double.NaN), (0.3, 1, 1)));

    [Fact]
    public void No_points_no_front() => Assert.Empty(Optimal());

    [Fact]
    public void The_exact_KL_is_preferred_to_the_sampled_one()
    {
        var evaluation = Evaluation(kl: 1, reward: 0);
        Assert.Equal(1, evaluation.Kl.Mean);
        Assert.Equal(2, (evaluation with { KlExact = new Estimate(2, 0, 1) }).Kl.Mean);
    }

    private static double[] Optimal(params (double Eta, double Kl, double Reward)[] points) =>
        [.. new KlRewardFront([.. points.Select(p => new FrontPoint(p.Eta, Evaluation(p.Kl, p.Reward)))]).ParetoOptimal().Select(p => p.Eta)];

    private static PolicyEvaluation Evaluation(double kl, double reward) => new()
    {
        KlSampled = new Estimate(kl, 0, 1),
        KlPerToken = kl,
        Reward = new Estimate(reward, 0, 1),
        Length = new Estimate(1, 0, 1),
        TruncatedShare = 0,
        NotScorable = 0,
    };
}
