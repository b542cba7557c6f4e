using ScottPlot;

namespace Warp.Plotting.Drawing;

/// <summary>How far an axis reaches.</summary>
internal static class AxisRange
{
    private const double Padding = 0.05;

    /// <summary>The range of values with their errors, padded; of a positive width even if all values are one.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="includeZero">Whether the range is stretched to 0 when it begins not far above.</param>
    internal static CoordinateRange Of(IReadOnlyList<(double Value, double Error)> values, bool includeZero)
    {
        var (low, high) = (values.Min(v => v.Value - v.Error), values.Max(v => v.Value + v.Error));
        if (includeZero && low > 0 && low < high / 2)
            low = 0;
        var width = high - low;
        if (width <= Math.Max(Math.Abs(low), Math.Abs(high)) * 1e-9)
            width = Math.Max(Math.Abs(high), 1);
        return new(low - Padding * width, high + Padding * width);
    }
}
