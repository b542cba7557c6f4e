using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Warp;

/// <summary>How a product is added to a sum, and what rounding takes from it on the way.</summary>
internal interface IAddition
{
    /// <summary>sum + a · b.</summary>
    static abstract Vector512<double> Add(Vector512<double> a, Vector512<double> b, Vector512<double> sum);

    /// <summary>sum + a · b − total, where total is what <see cref="Add"/> gave.</summary>
    static abstract Vector512<double> Loss(Vector512<double> a, Vector512<double> b, Vector512<double> sum, Vector512<double> total);
}

/// <summary>Exact for a sum larger than the product; beside a smaller one, 2⁻⁵³ of the product may go.</summary>
internal readonly struct FusedAddition : IAddition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b, Vector512<double> sum) => Vector512.FusedMultiplyAdd(a, b, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Loss(Vector512<double> a, Vector512<double> b, Vector512<double> sum, Vector512<double> total) =>
        Vector512.FusedMultiplyAdd(a, b, sum - total);
}

/// <summary>Exact for any sum, with twice the arithmetic.</summary>
internal readonly struct ExactAddition : IAddition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b, Vector512<double> sum) => sum + (a * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Loss(Vector512<double> a, Vector512<double> b, Vector512<double> sum, Vector512<double> total)
    {
        var product = a * b;
        var ofProduct = total - sum;
        return (sum - (total - ofProduct)) + (product - ofProduct) + Vector512.FusedMultiplyAdd(a, b, -product);
    }
}

/// <summary>For 16-bit weights, where arithmetic is the limit: a float64 has room for all bits of a block's sum but for those of the smallest products.</summary>
internal readonly struct PlainAddition : IAddition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Add(Vector512<double> a, Vector512<double> b, Vector512<double> sum) => sum + (a * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Loss(Vector512<double> a, Vector512<double> b, Vector512<double> sum, Vector512<double> total) => default;
}
