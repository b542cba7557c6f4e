using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Warp;

/// <summary>What the two 16-bit types share.</summary>
internal static unsafe class NarrowTypes
{
    /// <summary>The mantissa bits of a float64 that <see cref="RoundToOdd"/> clears; 13 stay, two more than float16 has.</summary>
    private const ulong Cleared = (1UL << 39) - 1;

    /// <summary>Eight 16-bit numbers, each in 32 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<uint> Load(ushort* from)
    {
        if (Avx2.IsSupported)
            return Avx2.ConvertToVector256Int32(Vector128.Load(from)).AsUInt32();
        var (lower, upper) = Vector128.Widen(Vector128.Load(from));
        return Vector256.Create(lower, upper);
    }

    /// <summary>Writes eight numbers below 2¹⁶.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Vector256<uint> values, ushort* to)
    {
        var narrow = Sse41.IsSupported
            ? Sse41.PackUnsignedSaturate(values.GetLower().AsInt32(), values.GetUpper().AsInt32())
            : Vector128.Narrow(values.GetLower(), values.GetUpper());
        narrow.Store(to);
    }

    /// <summary>
    /// Fewer bits, the last of them 1 if anything was lost. What follows (exact to float32, subnormal bfloat16 included, then to 16 bits)
    /// then rounds as if it were the only rounding: a number beside the middle of two 16-bit numbers cannot fall on it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> RoundToOdd(Vector512<double> values)
    {
        var bits = values.AsUInt64();
        var cleared = Vector512.Create(Cleared);
        return ((bits | ((bits & cleared) + cleared)) & ~cleared).AsDouble();
    }
}
