using System.Globalization;

namespace Warp.Samples;

/// <summary>Numbers as people read them: a point for the decimals, and the typographic minus.</summary>
internal static class Numbers
{
    public static string Text(double value, int decimals = 2)
    {
        var digits = decimals == 0 ? "0" : "0." + new string('0', decimals);
        return NoNegativeZero(value, decimals).ToString($"{digits};−{digits}", CultureInfo.InvariantCulture);
    }

    public static string Signed(double value) => NoNegativeZero(value, 2).ToString("+0.00;−0.00;0.00", CultureInfo.InvariantCulture);

    public static string Text(Estimate estimate) => $"{Text(estimate.Mean)} ± {Text(estimate.StandardError)}";

    // What rounds to zero from below would be written "-0.00", or "-+0.00".
    private static double NoNegativeZero(double value, int decimals) => Math.Abs(value) < 0.5 * Math.Pow(10, -decimals) ? 0 : value;
}
