namespace Warp;

/// <summary>One tensor as the header describes it.</summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Type">The type of its elements.</param>
/// <param name="Shape">Its sizes; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the end of the header.</param>
/// <param name="End">One past the last byte, counted from the end of the header.</param>
internal sealed record SafetensorsEntry(string Name, SafetensorsType Type, long[] Shape, long Begin, long End)
{
    /// <summary>More than torch's own iterators follow; a longer shape is an attempt to make trouble.</summary>
    internal const int MaxDimensions = 64;

    internal string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>The bytes that a shape and a type need; null when that does not fit a 64-bit number.</summary>
    internal static long? BytesOf(ReadOnlySpan<long> shape, SafetensorsType type)
    {
        // Strides overflow even when a size of 0 makes the product 0, so such sizes count as 1 here.
        Int128 extent = type.Bytes;
        var empty = false;
        foreach (var size in shape)
        {
            empty |= size == 0;
            extent *= Math.Max(1, size);
            if (extent > long.MaxValue)
                return null;
        }

        return empty ? 0 : (long)extent;
    }
}
