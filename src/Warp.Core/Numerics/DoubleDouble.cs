namespace Warp;

/// <summary>A number as the sum of two doubles, the second of which is what the first has lost to rounding: 106 bits of mantissa.</summary>
/// <param name="High">The number, rounded to a double.</param>
/// <param name="Low">The rest. NaN when the number is not finite.</param>
internal readonly record struct DoubleDouble(double High, double Low)
{
    public static implicit operator DoubleDouble(double value) => new(value, 0);

    public static DoubleDouble operator -(DoubleDouble x) => new(-x.High, -x.Low);

    public static DoubleDouble operator +(DoubleDouble x, DoubleDouble y)
    {
        var (high, low) = (Sum(x.High, y.High), Sum(x.Low, y.Low));
        var (sum, rest) = Sum(high.High, high.Low + low.High);
        return Sum(sum, rest + low.Low);
    }

    public static DoubleDouble operator -(DoubleDouble x, DoubleDouble y) => x + -y;

    public static DoubleDouble operator *(DoubleDouble x, DoubleDouble y)
    {
        var product = Product(x.High, y.High);
        return Sum(product.High, product.Low + ((x.High * y.Low) + (x.Low * y.High)));
    }

    /// <summary>x + y exactly.</summary>
    internal static DoubleDouble Sum(double x, double y)
    {
        var sum = x + y;
        var ofY = sum - x;
        return new(sum, x - (sum - ofY) + (y - ofY));
    }

    /// <summary>x · y exactly, unless it leaves the range of a double.</summary>
    internal static DoubleDouble Product(double x, double y)
    {
        var product = x * y;
        return new(product, Math.FusedMultiplyAdd(x, y, -product));
    }

    /// <summary>x · 2ⁿ.</summary>
    internal static DoubleDouble ScaleB(DoubleDouble x, int n) => new(Math.ScaleB(x.High, n), Math.ScaleB(x.Low, n));
}
