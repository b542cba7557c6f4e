using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Rounding by definition: to the nearest multiple of the last place, ties to even.</summary>
internal static class Rounding
{
    public static double To(ScalarType type, double value)
    {
        var (mantissaBits, smallestExponent, overflow) = type switch
        {
            ScalarType.Float64 => (52, -1022, double.PositiveInfinity),
            ScalarType.Float32 => (23, -126, Math.ScaleB(1, 128)),
            ScalarType.BFloat16 => (7, -126, Math.ScaleB(1, 128)),
            ScalarType.Float16 => (10, -14, Math.ScaleB(1, 16)),
            _ => throw new ArgumentOutOfRangeException(nameof(type)),
        };
        if (type == ScalarType.Float64 || value == 0 || !double.IsFinite(value))
            return value;
        var last = Math.Max(Math.ILogB(value), smallestExponent) - mantissaBits;
        var rounded = Math.ScaleB(Math.Round(Math.ScaleB(value, -last), MidpointRounding.ToEven), last);
        return Math.Abs(rounded) >= overflow ? Math.CopySign(double.PositiveInfinity, rounded) : rounded;
    }
}
