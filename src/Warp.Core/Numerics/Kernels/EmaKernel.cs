using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Warp;

/// <summary>Moving averages in place.</summary>
internal static unsafe class EmaKernel
{
    /// <summary>shadow ← shadow + μ (θ − shadow) in float64, rounded once; for μ = 1 an exact copy.</summary>
    internal static void Run<TShadow, TSource>(byte* shadow, byte* source, double mu, long weights)
        where TShadow : struct, IElement
        where TSource : struct, IElement
    {
        var whole = (nint)(weights / Lanes.Count);
        Vectors<TShadow, TSource>(shadow, source, mu, whole);

        var (done, rest) = (whole * Lanes.Count, (int)(weights % Lanes.Count));
        if (rest == 0)
            return;
        var shadowEnd = stackalloc byte[Lanes.MaxBytes];
        var sourceEnd = stackalloc byte[Lanes.MaxBytes];
        Lanes.Pad(shadow + (done * TShadow.Size), rest * TShadow.Size, shadowEnd);
        Lanes.Pad(source + (done * TSource.Size), rest * TSource.Size, sourceEnd);
        Vectors<TShadow, TSource>(shadowEnd, sourceEnd, mu, 1);
        NativeMemory.Copy(shadowEnd, shadow + (done * TShadow.Size), (nuint)(rest * TShadow.Size));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Vectors<TShadow, TSource>(byte* shadow, byte* source, double mu, nint vectors)
        where TShadow : struct, IElement
        where TSource : struct, IElement
    {
        for (nint v = 0; v < vectors; v++)
        {
            var target = shadow + (v * Lanes.Count * TShadow.Size);
            var weight = TSource.Load(source + (v * Lanes.Count * TSource.Size));
            if (mu != 1)
            {
                var average = TShadow.Load(target);
                weight = average + ((weight - average) * mu); // For μ = 1 the rounded difference would not lead back to θ.
            }

            TShadow.Store(weight, target);
        }
    }
}
