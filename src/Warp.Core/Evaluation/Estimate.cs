using System.Globalization;
using MathNet.Numerics.Statistics;

namespace Warp;

/// <summary>A mean with its uncertainty.</summary>
/// <param name="Mean">The sample mean.</param>
/// <param name="StandardError">Sample standard deviation / √n; NaN for one sample, of which it cannot be known.</param>
/// <param name="Count">n, the number of samples.</param>
public readonly record struct Estimate(double Mean, double StandardError, int Count)
{
    /// <summary>The estimate from samples.</summary>
    /// <param name="samples">Independent samples; without any, mean and error are NaN.</param>
    public static Estimate Of(IReadOnlyCollection<double> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Count < 2)
            return new(samples.Mean(), double.NaN, samples.Count);
        var (mean, deviation) = samples.MeanStandardDeviation();
        return new(mean, deviation / Math.Sqrt(samples.Count), samples.Count);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Shown(Mean):0.###} ± {StandardError:0.###}");

    // What is rounded to 0 has no sign: "-0" would ask to be explained.
    private static double Shown(double value) => Math.Abs(value) < 0.0005 ? 0 : value;
}
