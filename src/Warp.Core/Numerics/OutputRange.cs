using System.Numerics;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Warp;

/// <summary>Sees to it that results fit their type: a finite weight must not become infinite by being rounded.</summary>
internal static unsafe class OutputRange
{
    /// <summary>(2 − 2⁻⁷) · 2¹²⁷.</summary>
    private const double BFloat16Max = 3.3895313892515355e38;

    /// <summary>Whether a type ends before another does, so that a result has to be looked at.</summary>
    internal static bool IsSmaller(ScalarType output, ScalarType input) => Largest(output) < Largest(input);

    /// <summary>How many of the weights are NaN or infinite.</summary>
    /// <param name="type">Their type.</param>
    /// <param name="address">The first one.</param>
    /// <param name="weights">How many there are.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    internal static long CountNonFinite(ScalarType type, nint address, long weights, CancellationToken cancellationToken = default)
    {
        long found = 0;
        var size = WeightKernels.Size(type);
        BlockParallel.Run(weights, threads: null, Range, cancellationToken);
        return found;

        void Range(long first, int count)
        {
            var inRange = CountNonFinite(type, new ReadOnlySpan<byte>((byte*)address + (first * size), count * size));
            if (inRange > 0)
                Interlocked.Add(ref found, inRange);
        }
    }

    /// <summary>How many of the weights in these bytes are NaN or infinite.</summary>
    internal static long CountNonFinite(ScalarType type, ReadOnlySpan<byte> bytes) => type switch
    {
        ScalarType.Float64 => Count(MemoryMarshal.Cast<byte, ulong>(bytes), 0x7FF0_0000_0000_0000ul),
        ScalarType.Float32 => Count(MemoryMarshal.Cast<byte, uint>(bytes), 0x7F80_0000u),
        ScalarType.BFloat16 => Count(MemoryMarshal.Cast<byte, ushort>(bytes), (ushort)0x7F80),
        ScalarType.Float16 => Count(MemoryMarshal.Cast<byte, ushort>(bytes), (ushort)0x7C00),
        _ => throw WeightKernels.Unsupported(type),
    };

    /// <summary>The error for weights that do not fit.</summary>
    /// <param name="tensor">The tensor's name.</param>
    /// <param name="count">How many do not fit, in words if need be.</param>
    /// <param name="type">The type of the result.</param>
    internal static NonFiniteWeightsException DoesNotFit(string tensor, string count, ScalarType type) => new(string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"'{tensor}': {count} of the result would be infinite as {OutputTypes.NameOf(type)}, which ends at ±{Largest(type):G5}; "
        + $"give the result a type with more room, such as {(type == ScalarType.Float16 ? "BF16 or F32" : "F64")}."));

    // A number is infinite or none when all bits of its exponent are set.
    private static long Count<T>(ReadOnlySpan<T> weights, T exponent)
        where T : struct, IBinaryInteger<T>
    {
        long count = 0;
        var mask = new Vector<T>(exponent);
        while (weights.Length >= Vector<T>.Count)
        {
            if (Vector.EqualsAny(new Vector<T>(weights) & mask, mask))
                count += One(weights[..Vector<T>.Count], exponent);
            weights = weights[Vector<T>.Count..];
        }

        return count + One(weights, exponent);
    }

    private static long One<T>(ReadOnlySpan<T> weights, T exponent)
        where T : struct, IBinaryInteger<T>
    {
        long count = 0;
        foreach (var weight in weights)
            count += (weight & exponent) == exponent ? 1 : 0;
        return count;
    }

    /// <summary>The largest finite weight of a type.</summary>
    internal static double Largest(ScalarType type) => type switch
    {
        ScalarType.Float64 => double.MaxValue,
        ScalarType.Float32 => float.MaxValue,
        ScalarType.BFloat16 => BFloat16Max,
        ScalarType.Float16 => (double)Half.MaxValue,
        _ => throw WeightKernels.Unsupported(type),
    };
}
