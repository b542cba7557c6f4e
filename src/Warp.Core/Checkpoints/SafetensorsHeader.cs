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
        IEnumerable<CheckpointTensor> tensors, IReadOnlyDictionary<string, string> metadata, string file)
    {
        var entries = new List<SafetensorsEntry>();
        var end = 0L;
        foreach (var tensor in tensors.OrderByDescending(t => t.Type.Rank).ThenBy(t => Encoding.UTF8.GetBytes(t.Name), ByteOrder.Instance))
        {
            if (tensor.Name == MetadataKey)
                throw new SafetensorsException($"the format keeps the name {MetadataKey} for itself; rename the tensor.", file, tensor.Name);
            if (tensor.Aliases.Prepend(tensor.Name).FirstOrDefault(name => name.Length > SafetensorsEntry.MaxNameLength) is { } name)
                throw new SafetensorsException($"a name has {name.Length} characters; readers accept at most {SafetensorsEntry.MaxNameLength}.", file, name);
            if (tensor.ByteCount > long.MaxValue - MaxBytes - end)
                throw new SafetensorsException("with it the file would be larger than 2⁶³ bytes.", file, tensor.Name);
            entries.Add(new(tensor.Name, tensor.Type, [.. tensor.Shape], end, end + tensor.ByteCount));
            end += tensor.ByteCount;
        }

        return new(entries, metadata);
    }

    private sealed class ByteOrder : IComparer<byte[]>
    {
        internal static readonly ByteOrder Instance = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
