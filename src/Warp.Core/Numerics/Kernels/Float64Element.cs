using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Warp;

/// <summary>float64.</summary>
internal readonly unsafe struct Float64Element : IElement
{
    public static int Size => sizeof(double);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Load(byte* from) => Vector512.Load((double*)from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<double> values, byte* to) => values.Store((double*)to);
}
