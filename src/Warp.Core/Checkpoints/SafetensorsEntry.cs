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

    /// <summary>Characters of a name. Real ones have about a hundred; names are compared, split into prefixes and matched by patterns.</summary>
    internal const int MaxNameLength = 4096;

    internal string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>
    /// The bytes that a shape and a known type need; null when they do not fit a 64-bit number or are no whole bytes. For a type that is
    /// not known: 0, or null when not even the number of elements fits.
    /// </summary>
    internal static long? BytesOf(IEnumerable<long> shape, SafetensorsType type)
    {
        // Strides overflow even when a size of 0 makes the product 0, so such sizes count as 1 here.
        Int128 elements = 1;
        var empty = false;
        foreach (var size in shape)
        {
            empty |= size == 0;
            elements *= Math.Max(1, size);
            if (elements > long.MaxValue)
                return null;
        }

        var (bytes, rest) = Int128.DivRem(elements * type.Bits, 8);
        if (empty)
            return 0;
        return rest == 0 && bytes <= long.MaxValue ? (long)bytes : null;
    }
}
