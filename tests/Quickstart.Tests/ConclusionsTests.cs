using Warp.Samples;

namespace Warp.Tests;

public sealed class ConclusionsTests
{
    // A handful of float64 operations on numbers of about 1.
    private const double Rounding = 1e-12;

    private static readonly Measurement[] Front = [At(0, 0, 0), At(2, 1, 0), At(6, 2, 0)];

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0.5)]
    [InlineData(2, 1)]
    [InlineData(5, 1.75)]
    [InlineData(6, 2)]
    public void FrontIsLinearBetweenItsPoints(double kl, double reward)
    {
        var at = FrontComparison.InterpolateAt(Front, kl);
        Assert.NotNull(at);
        Assert.Equal(reward, at.Value.Mean, Rounding);
        Assert.Equal(0.03, at.Value.StandardError, Rounding);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(6.1)]
    public void OutsideTheFrontThereIsNothing(double kl) => Assert.Null(FrontComparison.InterpolateAt(Front, kl));

    // The error of a difference is √(0.03² + 0.04²) = 0.05: an effect is more than 0.1.
    [Theory]
    [InlineData(1.0, 0.91, "not distinguishable (+0.09 ± 0.05)")]
    [InlineData(1.0, 0.89, "higher (+0.11 ± 0.05)")]
    [InlineData(0.89, 1.0, "lower (−0.11 ± 0.05)")]
    public void WithinTwoStandardErrorsNothingIsAnEffect(double a, double b, string words) =>
        Assert.Equal(words, FrontComparison.Words(new Estimate(a, 0.03, 100), new Estimate(b, 0.04, 100)));

    [Fact]
    public void EqualFindingsAreOneAndSmallKlIsLeftOut()
    {
        // The front has 0.5, 1, 1.25 and 1.5 at KL 1, 2, 3 and 4.
        Measurement[] trajectory = [At(0.4, 9, 0), At(7, 1, 0), At(1, 0.3, 0), At(2, 0.4, 0), At(3, 1.25, 0), At(4, 1.8, 0)];

        Assert.Equal(
            "Against X, at equal KL, the reward of F is higher by 0.20 to 0.60 (± at most 0.04) at KL 1.0 to 2.0; "
            + "not distinguishable (0.00, ± 0.04) at KL 3.0; lower by 0.30 (± 0.04) at KL 4.0; "
            + "out of reach at KL 7.0 (the front does not extend to it).",
            FrontComparison.Sentence("X", trajectory, Front, "F", 0.5));
    }

    [Theory]
    [InlineData(0.3, 0.4, "the WARP front is better (2 above, 0 below")]
    [InlineData(0.7, 1.2, "the WARP front is worse (0 above, 2 below")]
    [InlineData(0.3, 1.2, "neither is better everywhere (1 above, 1 below")]
    [InlineData(0.5, 1.0, "neither is better beyond two standard errors (0 above, 0 below and 2 not distinguishable")]
    public void VerdictCounts(double atOne, double atTwo, string words) =>
        Assert.Contains(words, Conclusions.Verdict([.. FrontComparison.Findings([At(1, atOne, 0), At(2, atTwo, 0)], Front, 0.5)], 4), StringComparison.Ordinal);

    [Fact]
    public void WithoutCommonKlThereIsNoVerdict() =>
        Assert.Contains("no verdict", Conclusions.Verdict([.. FrontComparison.Findings([At(9, 1, 0)], Front, 0.5)], 4), StringComparison.Ordinal);

    [Fact]
    public void HackingIsGoldThatFallsWhileRewardRises()
    {
        List<Measurement> hacked = [At(1, 1, 0.5), At(5, 2, -0.5)];
        List<Measurement> honest = [At(1, 1, 0.5), At(5, 2, 0.46)];

        Assert.Equal(
            [
                "Reward hacking: along A the gold score falls from 0.50 ± 0.03 at KL 1.0 to −0.50 ± 0.03 at KL 5.0, while the learned reward rises from 1.0 to 2.0.",
                "No reward hacking beyond two standard errors along B.",
            ],
            Conclusions.Hacking([("A", hacked), ("B", honest)], "gold score"));
    }

    // Standard errors of 0.03: the error of a difference is 0.042.
    private static Measurement At(double kl, double reward, double gold) => Measurement.Of(Names.Warp, 1, new PolicyEvaluation
    {
        KlSampled = new Estimate(kl, 0.03, 100),
        KlPerToken = 0,
        Reward = new Estimate(reward, 0.03, 100),
        OtherRewards = new Dictionary<string, Estimate>(StringComparer.Ordinal) { ["gold"] = new(gold, 0.03, 100) },
        Length = new Estimate(10, 1, 100),
        TruncatedShare = 0,
        NotScorable = 0,
    });
}
