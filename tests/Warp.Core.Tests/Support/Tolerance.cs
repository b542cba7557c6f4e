namespace Warp.Tests;

/// <summary>How far results may be from the float64 reference, and why.</summary>
internal static class Tolerance
{
    /// <summary>
    /// Relative to the largest number that enters a sum: a few roundings of float64 (2⁻⁵³ ≈ 1.1e-16) in sums of up to a few hundred terms
    /// and in the coefficients.
    /// </summary>
    public const double Float64 = 1e-13;

    /// <summary>
    /// The same after coefficients of up to 1/sin 0.6° ≈ 95, for a reference whose unit vectors are rounded: 2⁻⁵³ of them is 95 times as much of
    /// their sum, 1e-14, a few times over.
    /// </summary>
    public const double NearlyOpposite = 1e-12;

    /// <summary>Degrees. A reference whose unit vectors are rounded to 2⁻⁵³ has angles to about 1e-16 rad = 6e-15°, whatever their size; 180° is exact to 3e-14°.</summary>
    public const double AngleDegrees = 1e-12;

    /// <summary>Rounding to float32 twice differs from rounding once by at most one unit in the last place.</summary>
    public const int Float32Ulps = 1;

    public static double Scale(params IEnumerable<double>[] operands) => operands.SelectMany(o => o).Append(0).Max(Math.Abs);

    public static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double relative, double scale)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= relative * scale, $"[{i}]: expected {expected[i]:R}, got {actual[i]:R}; allowed are ±{relative * scale:R}.");
    }

    /// <summary>Within one unit in the last place of the type with that many bits of mantissa, plus the float64 error of the operands.</summary>
    public static void AssertRoundedOnce(IReadOnlyList<double> expected, IReadOnlyList<double> actual, int mantissaBits, int smallestExponent, double float64Error)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
        {
            var exponent = expected[i] == 0 ? smallestExponent : Math.Max(smallestExponent, Math.ILogB(expected[i]));
            var allowed = Float32Ulps * Math.ScaleB(1, exponent - mantissaBits) + float64Error;
            Assert.True(Math.Abs(expected[i] - actual[i]) <= allowed, $"[{i}]: expected {expected[i]:R}, got {actual[i]:R}; allowed are ±{allowed:R}.");
        }
    }

    public static void AssertFloat32(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double float64Error) =>
        AssertRoundedOnce(expected, actual, mantissaBits: 23, smallestExponent: -126, float64Error);
}
