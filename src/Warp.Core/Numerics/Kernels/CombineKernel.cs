using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Warp;

/// <summary>Weighted sums of weights.</summary>
internal static unsafe class CombineKernel
{
    /// <summary>Σ factorₖ · inputₖ in float64, added in the order given, each result rounded once.</summary>
    internal static void Run<TIn, TOut>(nint* inputs, double* factors, int terms, byte* output, long weights)
        where TIn : struct, IElement
        where TOut : struct, IElement
    {
        var whole = (nint)(weights / Lanes.Count);
        Vectors<TIn, TOut>(inputs, factors, terms, output, whole);

        var (done, rest) = (whole * Lanes.Count, (int)(weights % Lanes.Count));
        if (rest == 0)
            return;
        var padded = stackalloc byte[(terms + 1) * Lanes.MaxBytes];
        var ends = stackalloc nint[terms];
        for (var k = 0; k < terms; k++)
        {
            ends[k] = (nint)(padded + (k * Lanes.MaxBytes));
            Lanes.Pad((byte*)inputs[k] + (done * TIn.Size), rest * TIn.Size, (byte*)ends[k]);
        }

        var result = padded + (terms * Lanes.MaxBytes);
        Vectors<TIn, TOut>(ends, factors, terms, result, 1);
        NativeMemory.Copy(result, output + (done * TOut.Size), (nuint)(rest * TOut.Size));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Vectors<TIn, TOut>(nint* inputs, double* factors, int terms, byte* output, nint vectors)
        where TIn : struct, IElement
        where TOut : struct, IElement
    {
        for (nint v = 0; v < vectors; v++)
        {
            var at = v * Lanes.Count * TIn.Size;
            Lanes.Prefetch((byte*)inputs[0] + at);
            var sum = TIn.Load((byte*)inputs[0] + at) * factors[0];
            for (var k = 1; k < terms; k++)
            {
                Lanes.Prefetch((byte*)inputs[k] + at);
                sum += TIn.Load((byte*)inputs[k] + at) * factors[k];
            }

            TOut.Store(sum, output + (v * Lanes.Count * TOut.Size));
        }
    }
}
