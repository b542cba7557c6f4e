namespace Warp;

/// <summary>Weights as safetensors files, the format of the Hugging Face hub (https://huggingface.co/docs/safetensors).</summary>
/// <remarks>
/// <para>
/// A file is the length of a header (8 bytes, little-endian), the header (JSON) and the tensors' bytes (little-endian, C order, no gaps).
/// Types: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL. <see cref="Checkpoint"/> carries all others
/// through, and work on checkpoints that are larger than memory.
/// </para>
/// <para>
/// A tied tensor is stored once, under its <see cref="NamedTensor.Name"/>; each alias is a metadata entry alias → name. Whether a tensor
/// was trainable is not part of the format: after loading, every floating-point tensor is, but for the masks that old checkpoints store.
/// </para>
/// </remarks>
public static class Safetensors
{
    /// <summary>Writes weights. Equal weights and metadata give equal bytes.</summary>
    /// <param name="path">
    /// The file. It is written under a temporary name in the same folder, flushed to disk and renamed: if anything fails, what was there stays.
    /// </param>
    /// <param name="weights">Not changed. Tensors may be strided and on any device.</param>
    /// <param name="metadata">Free text. <c>format: pt</c>, which readers look for, is added unless a format is given.</param>
    /// <exception cref="ArgumentException">A metadata entry would be read as a tie that the weights do not have, or is null.</exception>
    /// <exception cref="SafetensorsException">A tensor has a type or a name that the format has no room for.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    /// <exception cref="ObjectDisposedException">The set has been disposed.</exception>
    public static void Save(string path, ParameterSet weights, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(weights);
        var (header, headerBytes) = Laid(weights, metadata, path);
        AtomicFile.Write(path, stream => Write(weights, header, headerBytes, stream.Write));
    }

    /// <summary>Writes weights to wherever the bytes shall go, in order.</summary>
    internal static void Write(ParameterSet weights, ByteSink sink)
    {
        var (header, headerBytes) = Laid(weights, metadata: null, "(checkpoint)");
        Write(weights, header, headerBytes, sink);
    }

    /// <summary>Reads weights into main memory. The files need not be trusted.</summary>
    /// <param name="path">A file, or a Hugging Face folder; see <see cref="Checkpoint"/>.</param>
    /// <returns>
    /// An owning set, in the order of the data; the caller disposes it. What is trainable is told by <see cref="CheckpointTensor.IsTrainable"/>.
    /// </returns>
    /// <exception cref="SafetensorsException">The file is malformed or has a type that is not supported.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static ParameterSet Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        NativeBackend.EnsureLoaded();
        using var checkpoint = Checkpoint.Open(path);
        var tensors = new List<NamedTensor>(checkpoint.Tensors.Count);
        try
        {
            foreach (var entry in checkpoint.Tensors)
                tensors.Add(new NamedTensor(entry.Name, entry.Aliases, checkpoint.Read(entry), entry.IsTrainable));

            return ParameterSet.Own(tensors);
        }
        catch
        {
            tensors.ForEach(t => t.Tensor.Dispose());
            throw;
        }
    }

    /// <summary>Reads the metadata alone: the caller's own entries, the format, and the ties (alias → name).</summary>
    /// <param name="path">A file, or a Hugging Face folder.</param>
    /// <exception cref="SafetensorsException">The file is malformed or has a type that is not supported.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var checkpoint = Checkpoint.Open(path);
        return checkpoint.Metadata;
    }

    private static (SafetensorsHeader Header, byte[] Bytes) Laid(ParameterSet weights, IReadOnlyDictionary<string, string>? metadata, string path)
    {
        var tensors = weights.Select(t => Described(t, path)).ToList();
        var header = SafetensorsHeader.Lay(tensors, TieMetadata.Join(tensors, metadata), path);
        return (header, SafetensorsHeaderWriter.Write(header, path));
    }

    private static void Write(ParameterSet weights, SafetensorsHeader header, byte[] headerBytes, ByteSink sink)
    {
        sink(headerBytes);
        foreach (var entry in header.Entries)
            TensorBytes.VisitCopy(weights[entry.Name].Tensor, (bytes, _) => sink(bytes));
    }

    private static CheckpointTensor Described(NamedTensor entry, string path)
    {
        var type = SafetensorsType.Find(entry.Tensor.dtype)
            ?? throw new SafetensorsException($"its type is {entry.Tensor.dtype}; the format has {SafetensorsType.Known}.", path, entry.Name);
        return new(entry.Name, type.Name, entry.Tensor.shape, byteCount: null, entry.Aliases);
    }
}
