using MathNet.Numerics.Statistics;

namespace Warp.Quickstart;

/// <summary>How good a reward model is on reviews it has not learned from.</summary>
/// <param name="Accuracy">Share of held-out pairs whose preferred review scores higher. With a share f of flipped labels no model can pass 1 − f on average.</param>
/// <param name="GoldAgreement">Share of held-out pairs that it puts in the order of gold, whatever their label says; pairs of equal gold are left out.</param>
/// <param name="GoldCorrelation">Pearson's correlation of score and gold score.</param>
/// <param name="GoldCorrelationError">Its standard error, (1 − r²) / √(n − 1).</param>
public sealed record RewardModelQuality(Estimate Accuracy, Estimate GoldAgreement, double GoldCorrelation, double GoldCorrelationError)
{
    /// <summary>Measures a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="heldOut">Pairs that it has not learned from.</param>
    /// <param name="gold">The true score.</param>
    public static RewardModelQuality Measure(ReviewRewardModel model, IReadOnlyList<PreferencePair> heldOut, Func<IReadOnlyList<int>, double> gold)
    {
        var preferred = model.Score([.. heldOut.Select(p => p.Preferred)]);
        var other = model.Score([.. heldOut.Select(p => p.Other)]);
        double[] goldPreferred = [.. heldOut.Select(p => gold(p.Preferred))];
        double[] goldOther = [.. heldOut.Select(p => gold(p.Other))];
        var untied = Enumerable.Range(0, heldOut.Count).Where(i => goldPreferred[i] != goldOther[i]);
        var correlation = Correlation.Pearson(preferred.Concat(other), goldPreferred.Concat(goldOther));
        return new(
            Estimate.Of([.. preferred.Zip(other, Right)]),
            Estimate.Of([.. untied.Select(i => goldPreferred[i] > goldOther[i] ? Right(preferred[i], other[i]) : Right(other[i], preferred[i]))]),
            correlation,
            (1 - correlation * correlation) / Math.Sqrt(2 * heldOut.Count - 1));
    }

    // Equal scores are a guess.
    private static double Right(double better, double worse) => better > worse ? 1 : better < worse ? 0 : 0.5;
}
