using System.Numerics;

namespace Warp.Tests;

/// <summary>Doubles as whole multiples of 2⁻⁴⁰⁰, so that sums and products are exact.</summary>
internal static class Exact
{
    private const int Fraction = 400;

    /// <summary>The multiple that a number of at least 2⁻³⁴⁸ is (or zero).</summary>
    public static BigInteger Of(double value)
    {
        if (value == 0)
            return BigInteger.Zero;
        var shift = Math.ILogB(value) - 52;
        return new BigInteger(Math.ScaleB(value, -shift)) << (Fraction + shift);
    }

    public static BigInteger Of(DoubleDouble value) => Of(value.High) + Of(value.Low);

    /// <summary>The product of two multiples is one of 2⁻⁸⁰⁰.</summary>
    public static BigInteger Product(BigInteger x, BigInteger y) => (x * y) >> Fraction;

    /// <summary>x / y, to a few units of 2⁻⁵³.</summary>
    public static double Ratio(BigInteger x, BigInteger y) => (double)((x << 200) / y) * Math.ScaleB(1, -200);
}
