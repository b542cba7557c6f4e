namespace Warp.Plotting.Drawing;

/// <summary>Counts values in bins of one width.</summary>
/// <param name="Low">Where the first bin begins.</param>
/// <param name="Width">The width of each; positive.</param>
/// <param name="Counts">How many values each holds. A value on a border belongs to the bin above, the greatest value to the last.</param>
internal sealed record HistogramBins(double Low, double Width, IReadOnlyList<int> Counts)
{
    private const int Fewest = 5;
    private const int Most = 30;

    internal static HistogramBins Of(IReadOnlyList<double> values)
    {
        var counts = new int[Math.Clamp((int)Math.Ceiling(Math.Sqrt(values.Count)), Fewest, Most)];
        if (values.Count == 0)
            return new(0, 1.0 / counts.Length, counts);
        var (low, high) = (values.Min(), values.Max());
        // All but equal: a range around the value, rather than bins as narrow as rounding errors.
        var least = Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-6;
        if (high - low <= least)
            (low, high) = (low - Math.Max(0.5, least), high + Math.Max(0.5, least));
        var width = (high - low) / counts.Length;
        foreach (var value in values)
            counts[Math.Clamp((int)((value - low) / width), 0, counts.Length - 1)]++;
        return new(low, width, counts);
    }
}
