using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Warp;

/// <summary>bfloat16: the upper half of a float32.</summary>
internal readonly unsafe struct BFloat16Element : IElement
{
    private const uint FloatInfinity = 0x7F80_0000;
    private const uint NaN = 0x7FC0_0000;

    public static int Size => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(byte* from) => Float32Element.Widen((NarrowTypes.Load((ushort*)from) << 16).AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> values, byte* to) =>
        NarrowTypes.Store(Round(Float32Element.Narrow(NarrowTypes.RoundToOdd(values)).AsUInt32()), (ushort*)to);

    /// <summary>To the nearest bfloat16, ties to even, as its 16 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<uint> Round(Vector256<uint> bits)
    {
        var isNaN = Vector256.GreaterThan((bits & Vector256.Create(0x7FFF_FFFFu)).AsInt32(), Vector256.Create((int)FloatInfinity)).AsUInt32();
        var even = (bits >>> 16) & Vector256.Create(1u);
        var rounded = bits + Vector256.Create(0x7FFFu) + even;
        return Vector256.ConditionalSelect(isNaN, Vector256.Create(NaN), rounded) >>> 16;
    }
}
