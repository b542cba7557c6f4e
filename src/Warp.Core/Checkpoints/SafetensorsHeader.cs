using System.Text;

namespace Warp;

/// <summary>What a file holds: its tensors in the order of their bytes, and free text.</summary>
/// <param name="Entries">In the order of their bytes.</param>
/// <param name="Metadata">Text by key.</param>
internal sealed record SafetensorsHeader(IReadOnlyList<SafetensorsEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The key under which the header holds text instead of a tensor.</summary>
    internal const string MetadataKey = "__metadata__";

    /// <summary>The reference reader refuses more, so a reader's memory is bounded before anything is known of the file.</summary>
    internal const long MaxBytes = 100_000_000;

    /// <summary>The length in front of the header.</summary>
    internal const int PrefixBytes = sizeof(ulong);

    /// <summary>Lays tensors out as the reference writer does: by type, greatest rank first, then by the bytes of the name; no gaps.</summary>
    internal static SafetensorsHeader Lay(
        IEnumerable<(string Name, SafetensorsType Type, long[] Shape)> tensors, IReadOnlyDictionary<string, string> metadata, string file)
    {
        var entries = new List<SafetensorsEntry>();
        var end = 0L;
        foreach (var (name, type, shape) in tensors.OrderByDescending(t => t.Type.Rank).ThenBy(t => Encoding.UTF8.GetBytes(t.Name), ByteOrder.Instance))
        {
            var begin = end;
            end = checked(begin + (SafetensorsEntry.BytesOf(shape, type)
                ?? throw new SafetensorsException($"its shape [{string.Join(", ", shape)}] is too large.", file, name)));
            entries.Add(new(name, type, shape, begin, end));
        }

        return new(entries, metadata);
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        internal static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
