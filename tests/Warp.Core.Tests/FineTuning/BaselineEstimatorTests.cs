namespace Warp.Tests;

public sealed class BaselineEstimatorTests
{
    private static readonly double[] Rewards = [1, 3, 8, 10, 20];
    private static readonly int[] Prompts = [0, 0, 0, 1, 1];

    [Fact]
    public void None_subtracts_nothing() => Assert.Equal([1.0, 3, 8, 10, 20], Of(Baseline.None));

    [Fact]
    public void The_batch_mean_is_over_all() => Assert.Equal([-7.4, -5.4, -0.4, 1.6, 11.6], Of(Baseline.BatchMean).Select(a => Math.Round(a!.Value, 12)));

    [Fact]
    public void Leave_one_out_is_the_mean_of_the_other_completions_of_the_prompt() =>
        Assert.Equal([1 - 5.5, 3 - 4.5, 8 - 2.0, -10.0, 10.0], Of(Baseline.LeaveOneOut));

    [Fact]
    public void A_lone_completion_has_no_leave_one_out_baseline() =>
        Assert.Equal([null, 2.0, -2.0], new BaselineEstimator(Baseline.LeaveOneOut, 0.9).Advantages([5, 4, 2], [0, 1, 1]));

    [Fact]
    public void The_moving_average_is_the_one_before_the_batch()
    {
        var estimator = new BaselineEstimator(Baseline.MovingAverage, 0.75);
        Assert.Equal([-1.0, 1.0], estimator.Advantages([1, 3], [0, 0])); // the first batch starts it: mean 2
        Assert.Equal(2, estimator.Average);
        Assert.Equal([4.0, 8.0], estimator.Advantages([6, 10], [0, 0])); // then 0.75 · 2 + 0.25 · 8
        Assert.Equal(3.5, estimator.Average);
    }

    [Theory]
    [InlineData(Baseline.None)]
    [InlineData(Baseline.BatchMean)]
    [InlineData(Baseline.LeaveOneOut)]
    [InlineData(Baseline.MovingAverage)]
    public void An_empty_batch_has_no_advantages(Baseline baseline) => Assert.Empty(new BaselineEstimator(baseline, 0.9).Advantages([], []));

    private static double?[] Of(Baseline baseline) => new BaselineEstimator(baseline, 0.9).Advantages(Rewards, Prompts);
}
