namespace Warp;

/// <summary>Checks that tensors fill the data of a file exactly: every byte belongs to one tensor, and each has the bytes of its shape, where its type is known.</summary>
internal static class SafetensorsCoverage
{
    /// <param name="entries">In the order of their offsets.</param>
    /// <param name="dataBytes">How many bytes of data there are.</param>
    /// <param name="file">For messages.</param>
    internal static void Check(IEnumerable<SafetensorsEntry> entries, long dataBytes, string file)
    {
        var end = 0L;
        foreach (var entry in entries)
        {
            var needed = SafetensorsEntry.BytesOf(entry.Shape, entry.Type)
                ?? throw new SafetensorsException($"its shape {entry.ShapeText} is too large, or fills no whole number of bytes.", file, entry.Name);
            if (entry.End < entry.Begin)
                throw new SafetensorsException($"its data end at byte {entry.End}, before they begin at {entry.Begin}.", file, entry.Name);
            if (entry.End > dataBytes)
                throw new SafetensorsException($"its data end at byte {entry.End}, but the file has only {dataBytes} bytes of data; it may be cut off.", file, entry.Name);
            if (entry.Type.IsKnown && entry.End - entry.Begin != needed)
                throw new SafetensorsException($"{entry.Type.Name} {entry.ShapeText} takes {needed} bytes, but its offsets span {entry.End - entry.Begin}.", file, entry.Name);
            if (entry.Begin != end)
                throw new SafetensorsException($"its data begin at byte {entry.Begin}, but what comes before ends at {end}: tensors may neither overlap nor leave a hole.", file, entry.Name);
            end = entry.End;
        }

        if (end != dataBytes)
            throw new SafetensorsException($"the tensors end at byte {end}, but the file has {dataBytes} bytes of data.", file, tensor: null);
    }
}
