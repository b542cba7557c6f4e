using System.Numerics;
using CsCheck;

namespace Warp.Tests;

/// <summary>Against exact arithmetic on whole numbers.</summary>
public sealed class DoubleDoubleTests
{
    /// <summary>Relative: the roundings of the low part, a few units of 2⁻¹⁰⁶.</summary>
    private static readonly BigInteger Precision = BigInteger.One << 102;

    private static readonly Gen<double> Number = Gen.Select(Gen.Double[1, 2], Gen.Bool, Gen.Int[-30, 30], (x, isNegative, n) => Math.ScaleB(isNegative ? -x : x, n));
    private static readonly Gen<DoubleDouble> Long = Gen.Select(Number, Number, (high, low) => DoubleDouble.Sum(high, low * Math.ScaleB(1, -90)));

    [Fact]
    public void Sums_and_products_of_doubles_are_exact() => Gen.Select(Number, Number).Sample((x, y) =>
    {
        Assert.Equal(Exact.Of(x) + Exact.Of(y), Exact.Of(DoubleDouble.Sum(x, y)));
        Assert.Equal(Exact.Product(Exact.Of(x), Exact.Of(y)), Exact.Of(DoubleDouble.Product(x, y)));
        Assert.Equal(x + y, DoubleDouble.Sum(x, y).High);
        Assert.Equal(x * y, DoubleDouble.Product(x, y).High);
    });

    [Fact]
    public void Sums_and_products_keep_twice_the_digits() => Gen.Select(Long, Long).Sample((x, y) =>
    {
        AssertClose(Exact.Of(x) + Exact.Of(y), x + y);
        AssertClose(Exact.Of(x) - Exact.Of(y), x - y);
        AssertClose(Exact.Product(Exact.Of(x), Exact.Of(y)), x * y);
        Assert.Equal(Exact.Of(x) << 3, Exact.Of(DoubleDouble.ScaleB(x, 3)));
    });

    [Fact]
    public void Nearly_equal_numbers_leave_their_difference() =>
        Assert.Equal(Math.ScaleB(1, -90), (DoubleDouble.Sum(1, Math.ScaleB(1, -90)) - 1).High);

    [Fact]
    public void What_is_not_finite_stays_so()
    {
        Assert.False(double.IsFinite(((DoubleDouble)double.PositiveInfinity + 1).High));
        Assert.False(double.IsFinite(((DoubleDouble)double.NaN * 2).High));
    }

    private static void AssertClose(BigInteger expected, DoubleDouble actual) =>
        Assert.True(BigInteger.Abs(expected - Exact.Of(actual)) * Precision <= BigInteger.Abs(expected), $"{actual}");
}
