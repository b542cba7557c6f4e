using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Warp;

/// <summary>float32.</summary>
internal readonly unsafe struct Float32Element : IElement
{
    public static int Size => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(byte* from) => Widen(Vector256.Load((float*)from));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> values, byte* to) => Narrow(values).Store((float*)to);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<double> Widen(Vector256<float> values) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector512Double(values)
        : Vector512.Create(Vector256.WidenLower(values), Vector256.WidenUpper(values));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector256<float> Narrow(Vector512<double> values) => Avx512F.IsSupported
        ? Avx512F.ConvertToVector256Single(values)
        : Vector256.Narrow(values.GetLower(), values.GetUpper());
}
