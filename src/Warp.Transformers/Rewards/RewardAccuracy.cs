using System.Globalization;

namespace Warp.Transformers;

/// <summary>How often a reward model is right, and how well that is known.</summary>
/// <param name="Correct">The examples that it has right.</param>
/// <param name="Count">All examples, at least 1.</param>
public readonly record struct RewardAccuracy(int Correct, int Count)
{
    // The 97.5 % quantile of the normal distribution.
    private const double Quantile = 1.959963984540054;

    /// <summary>The share that it has right, in [0, 1].</summary>
    public double Value => (double)Correct / Count;

    /// <summary>The lower end of the 95 % confidence interval (Wilson, 1927), which stays within [0, 1] also for shares near the ends.</summary>
    public double Lower => Math.Max(0, Centre - HalfWidth);

    /// <summary>The upper end of the 95 % confidence interval (Wilson, 1927).</summary>
    public double Upper => Math.Min(1, Centre + HalfWidth);

    private double Centre => (Correct + Quantile * Quantile / 2) / (Count + Quantile * Quantile);

    private double HalfWidth =>
        Quantile / (Count + Quantile * Quantile) * Math.Sqrt(Value * (1 - Value) * Count + Quantile * Quantile / 4);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:0.000} [{Lower:0.000}, {Upper:0.000}] of {Count}");
}
