using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Warp;

/// <summary>The grain of the kernels.</summary>
internal static unsafe class Lanes
{
    /// <summary>How many weights a kernel handles at once.</summary>
    internal const int Count = 8;

    /// <summary>Room for <see cref="Count"/> weights of the widest type.</summary>
    internal const int MaxBytes = Count * sizeof(double);

    /// <summary>How far ahead: past what the hardware itself fetches in time. Measured: a fifth off both passes of SLERP.</summary>
    private const int PrefetchBytes = 2048;

    /// <summary>Copies fewer than <see cref="Count"/> weights to the start of a buffer of <see cref="MaxBytes"/>, zeros behind them.</summary>
    internal static void Pad(byte* from, int bytes, byte* buffer)
    {
        NativeMemory.Clear(buffer, MaxBytes);
        NativeMemory.Copy(from, buffer, (nuint)bytes);
    }

    /// <summary>Asks for weights that come soon. A core waits for memory more than it computes; a hint beyond the end does no harm.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Prefetch(byte* at)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(at + PrefetchBytes);
    }

    /// <summary>The sum of the lanes and of what they have lost, by halves: in an order that does not depend on the machine.</summary>
    internal static DoubleDouble Sum(Vector512<double> values, Vector512<double> lost)
    {
        Span<double> sums = stackalloc double[Count];
        Span<double> losses = stackalloc double[Count];
        values.CopyTo(sums);
        lost.CopyTo(losses);
        for (var half = Count / 2; half > 0; half /= 2)
        {
            for (var k = 0; k < half; k++)
            {
                (sums[k], var rest) = DoubleDouble.Sum(sums[k], sums[k + half]);
                losses[k] += losses[k + half] + rest;
            }
        }

        return DoubleDouble.Sum(sums[0], losses[0]);
    }
}
