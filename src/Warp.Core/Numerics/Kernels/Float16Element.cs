using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Warp;

/// <summary>float16, by bit arithmetic: .NET offers no conversion instruction.</summary>
internal readonly unsafe struct Float16Element : IElement
{
    private const uint Sign = 0x8000;
    private const uint Infinity = 0x7C00;
    private const uint NaN = 0x7E00;
    private const int MantissaShift = 23 - 10;

    /// <summary>The difference of the exponents' biases, where a float32 keeps its exponent.</summary>
    private const uint Rebias = (127 - 15) << 23;

    /// <summary>2⁻¹⁴, the smallest normal float16, as a float32.</summary>
    private const uint SmallestNormal = Rebias + (1 << 23);

    /// <summary>65520, the first number that is rounded to infinity, as a float32.</summary>
    private const uint FirstInfinite = 0x477F_F000;
    private const uint FloatInfinity = 0x7F80_0000;

    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(byte* from) => Float32Element.Widen(Widen(NarrowTypes.Load((ushort*)from)).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> values, byte* to) =>
        NarrowTypes.Store(Round(Float32Element.Narrow(NarrowTypes.RoundToOdd(values)).AsUInt32()), (ushort*)to);

    /// <summary>The same number as a float32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<uint> Widen(Vector256<uint> half)
    {
        var sign = half & Vector256.Create(Sign);
        var magnitude = half ^ sign;
        var normal = (magnitude << MantissaShift) + Vector256.Create(Rebias);

        // Infinity and NaN keep the largest exponent.
        var isInfinite = Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create((int)Infinity - 1)).AsUInt32();
        normal += isInfinite & Vector256.Create(Rebias);

        // A subnormal m·2⁻²⁴ is the mantissa of 2⁻¹⁴ + m·2⁻²⁴, less the 2⁻¹⁴.
        var subnormal = ((normal + Vector256.Create(1u << 23)).AsSingle() - Vector256.Create(SmallestNormal).AsSingle()).AsUInt32();
        var isSubnormal = Vector256.LessThan(magnitude.AsInt32(), Vector256.Create(1 << 10)).AsUInt32();
        return Vector256.ConditionalSelect(isSubnormal, subnormal, normal) | (sign << 16);
    }

    /// <summary>To the nearest float16, ties to even, as its 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<uint> Round(Vector256<uint> bits)
    {
        var sign = bits & Vector256.Create(Sign << 16);
        var magnitude = bits ^ sign;
        var even = (magnitude >>> MantissaShift) & Vector256.Create(1u);
        var normal = (magnitude - Vector256.Create(Rebias) + Vector256.Create((1u << (MantissaShift - 1)) - 1) + even) >>> MantissaShift;

        // Beside ½ the last place of a float32 is 2⁻²⁴, that of a subnormal float16: the addition rounds.
        var half = Vector256.Create(0.5f);
        var subnormal = (magnitude.AsSingle() + half).AsUInt32() - half.AsUInt32();
        var isSubnormal = Vector256.LessThan(magnitude.AsInt32(), Vector256.Create((int)SmallestNormal)).AsUInt32();
        var isInfinite = Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create((int)FirstInfinite - 1)).AsUInt32();
        var isNaN = Vector256.GreaterThan(magnitude.AsInt32(), Vector256.Create((int)FloatInfinity)).AsUInt32();

        var result = Vector256.ConditionalSelect(isSubnormal, subnormal, normal);
        result = Vector256.ConditionalSelect(isInfinite, Vector256.Create(Infinity), result);
        result = Vector256.ConditionalSelect(isNaN, Vector256.Create(NaN), result);
        return result | (sign >>> 16);
    }
}
