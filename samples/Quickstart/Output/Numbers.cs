using System.Globalization;

namespace Warp.Quickstart;

/// <summary>Numbers as people read them: a point for the decimals, and the typographic minus.</summary>
internal static class Numbers
{
    public static string Text(double value, int decimals = 2)
    {
        var digits = decimals == 0 ? "0" : "0." + new string('0', decimals);
        return value.ToString($"{digits};−{digits}", CultureInfo.InvariantCulture);
    }

    public static string Signed(double value) => value.ToString("+0.00;−0.00;0.00", CultureInfo.InvariantCulture);

    public static string Text(Estimate estimate) => $"{Text(estimate.Mean)} ± {Text(estimate.StandardError)}";
}
