using Warp.Plotting;

namespace Warp.Tests;

/// <summary>Series to draw.</summary>
internal static class Sample
{
    internal static FrontSeries Series(string name, double slope = 1) =>
        new(name, [new(0, 0, 0, 0.1), new(2, slope, 0.1, 0.1), new(5, 1.5 * slope, 0.2, 0.1)]);

    internal static PolicyEvaluation Evaluation(double kl, double reward, double gold) => new()
    {
        KlSampled = new Estimate(kl, 0.25, 16),
        KlPerToken = kl / 10,
        Reward = new Estimate(reward, 0.5, 16),
        OtherRewards = new Dictionary<string, Estimate>(StringComparer.Ordinal) { ["gold"] = new Estimate(gold, 0.125, 16) },
        Length = new Estimate(10, 0, 16),
        TruncatedShare = 0,
        NotScorable = 0,
    };
}
