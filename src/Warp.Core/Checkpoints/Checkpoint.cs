using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Warp;

/// <summary>
/// An open checkpoint: a safetensors file, or a Hugging Face folder with <c>model.safetensors</c> or with shards and their index. Opening
/// reads the headers; data are read where and when they are wanted, so a checkpoint may be far larger than memory.
/// </summary>
/// <remarks>
/// <para>Reads are positional; threads may read at the same time. The files need not be trusted.</para>
/// <para>
/// Tied tensors are listed once, with <see cref="CheckpointTensor.Aliases"/>. Ties come from the metadata (alias → name) and, for head and
/// embedding, from the <c>tie_word_embeddings</c> of a <c>config.json</c> in the folder or beside a file called <c>model.safetensors</c>:
/// if both are stored and their bytes are equal, they are one tensor under the embedding's name; if their bytes differ, they stay two. If
/// only one is stored, the other's usual name becomes its alias.
/// </para>
/// <para>
/// The path itself may be a link. Within a folder, links are followed when they stay in it, and from the hub's cache
/// (<c>snapshots/REVISION/FILE</c> to <c>../../blobs/HASH</c>); all others are refused.
/// </para>
/// </remarks>
public sealed class Checkpoint : IDisposable
{
    private const int BlockBytes = 1 << 18;

    private readonly IReadOnlyList<SafetensorsReader> _readers;
    private readonly Dictionary<string, CheckpointTensor> _byName;

    private Checkpoint(string path, bool isFolder, IReadOnlyList<SafetensorsReader> readers, CheckpointConfig.Ties ties)
    {
        Path = path;
        IsFolder = isFolder;
        ConfigTies = ties;
        _readers = readers;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in readers.SelectMany(r => r.Header.Metadata))
            metadata.TryAdd(key, value);
        Metadata = metadata;
        var stored = readers.SelectMany(r => r.Header.Entries.Select(e => new CheckpointTensor(e, [], r))).ToList();
        Tensors = CheckpointTies.Restore(stored, metadata, ties, (a, b) => ContentEquals(a, this, b));
        _byName = new(Tensors.Count, StringComparer.Ordinal);
        foreach (var tensor in Tensors)
        {
            _byName.Add(tensor.Name, tensor);
            foreach (var alias in tensor.Aliases)
                _byName.Add(alias, tensor);
        }
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>Whether it is a folder; otherwise it is one file.</summary>
    public bool IsFolder { get; }

    /// <summary>The tensors, ties once: file by file in the order of their names, and in each file in the order of the data.</summary>
    public IReadOnlyList<CheckpointTensor> Tensors { get; }

    /// <summary>The metadata of all files. Where two files differ, the first one counts.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The paths of the files with weights, in the order of their names.</summary>
    public IReadOnlyList<string> Files => [.. _readers.Select(r => r.FilePath)];

    /// <summary>What the config says of head and embedding.</summary>
    internal CheckpointConfig.Ties ConfigTies { get; }

    /// <summary>The open files, in the order of <see cref="Files"/>.</summary>
    internal IReadOnlyList<SafetensorsReader> Readers => _readers;

    /// <summary>The bytes of all tensors, ties once.</summary>
    public long ByteCount => Tensors.Sum(t => t.ByteCount);

    /// <summary>The tensor of that name or alias.</summary>
    /// <param name="name">The name, exactly as it is stored.</param>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public CheckpointTensor this[string name] => TryGet(name, out var tensor)
        ? tensor
        : throw new KeyNotFoundException($"There is no tensor '{name}' among the {Tensors.Count} of '{Path}'; the first is '{(Tensors.Count > 0 ? Tensors[0].Name : "(none)")}'.");

    /// <summary>Opens a checkpoint and reads its headers.</summary>
    /// <param name="path">A <c>.safetensors</c> file, or a folder with <c>model.safetensors</c> or <c>model.safetensors.index.json</c>.</param>
    /// <exception cref="SafetensorsException">
    /// A file is malformed; the index names files that are missing, outside of the folder or without the tensors it says they have; or
    /// there are only pickle files or a LoRA adapter, which are not read; or the file is something else altogether, such as a Git LFS pointer.
    /// </exception>
    /// <exception cref="FileNotFoundException">The path does not exist.</exception>
    /// <exception cref="IOException">The path cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var isFolder = Directory.Exists(path);
        if (!isFolder && CheckpointFolder.IsPickle(path) && File.Exists(path))
            throw SafetensorsException.Of(path, $"by its name {CheckpointFolder.IsAPickle} {CheckpointFolder.ConvertPickle}");
        var readers = new List<SafetensorsReader>();
        try
        {
            if (isFolder)
                ShardedReader.Open(path, readers);
            else
                readers.Add(SafetensorsReader.Open(path));
            return new(path, isFolder, readers, ConfigFolder(path, isFolder) is { } folder ? CheckpointConfig.Read(folder) : CheckpointConfig.Ties.Unknown);
        }
        catch
        {
            readers.ForEach(r => r.Dispose());
            throw;
        }
    }

    /// <summary>Looks a tensor up by name or alias, exactly as they are stored.</summary>
    /// <param name="name">The name.</param>
    /// <param name="tensor">The tensor.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out CheckpointTensor? tensor) => _byName.TryGetValue(name, out tensor);

    /// <summary>Reads bytes of a tensor. Threads may do so at the same time.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="offset">The first byte, counted from the tensor's beginning.</param>
    /// <param name="destination">Is filled: little-endian elements in C order.</param>
    /// <exception cref="ArgumentException">The tensor belongs to another checkpoint.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    /// <exception cref="SafetensorsException">The file has become shorter.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint has been disposed.</exception>
    public void Read(CheckpointTensor tensor, long offset, Span<byte> destination)
    {
        var reader = ReaderOf(tensor);
        if (offset < 0 || offset > tensor.ByteCount - destination.Length)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset), $"The bytes {offset} to {(Int128)offset + destination.Length} are not inside '{tensor.Name}', which has {tensor.ByteCount}.");
        }

        reader.Read(tensor.Entry!, offset, destination);
    }

    /// <summary>Reads a whole tensor into main memory.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>, of a type that TorchSharp has.</param>
    /// <returns>A tensor that the caller disposes.</returns>
    /// <exception cref="ArgumentException">The tensor belongs to another checkpoint.</exception>
    /// <exception cref="SafetensorsException">TorchSharp has no such type, or the data are not of it.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint has been disposed.</exception>
    public TorchSharp.torch.Tensor Read(CheckpointTensor tensor)
    {
        NativeBackend.EnsureLoaded();
        return ReaderOf(tensor).Read(tensor.Entry!);
    }

    /// <summary>Whether two tensors have the same bytes. Reads both, up to the first difference, block by block.</summary>
    /// <param name="tensor">One of <see cref="Tensors"/>.</param>
    /// <param name="other">The other checkpoint; it may be this one.</param>
    /// <param name="otherTensor">One of the other's tensors.</param>
    public bool ContentEquals(CheckpointTensor tensor, Checkpoint other, CheckpointTensor otherTensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(otherTensor);
        if (tensor.ByteCount != otherTensor.ByteCount)
            return false;
        var buffer = ArrayPool<byte>.Shared.Rent(2 * BlockBytes);
        try
        {
            for (long at = 0; at < tensor.ByteCount; at += BlockBytes)
            {
                var count = (int)Math.Min(BlockBytes, tensor.ByteCount - at);
                var mine = buffer.AsSpan(0, count);
                var theirs = buffer.AsSpan(BlockBytes, count);
                Read(tensor, at, mine);
                other.Read(otherTensor, at, theirs);
                if (!mine.SequenceEqual(theirs))
                    return false;
            }

            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads the files with weights once and gives the SHA-256 of each, in lower-case hexadecimal digits as the hub shows it.</summary>
    /// <param name="cancellationToken">Ends it between two blocks.</param>
    /// <returns>File names (without folders) and hashes, in the order of <see cref="Files"/>.</returns>
    public IReadOnlyList<KeyValuePair<string, string>> ComputeHashes(CancellationToken cancellationToken = default)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(4 * BlockBytes);
        try
        {
            return [.. _readers.Select(r => KeyValuePair.Create(System.IO.Path.GetFileName(r.FilePath), Hash(r, buffer, cancellationToken)))];
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        foreach (var reader in _readers)
            reader.Dispose();
    }

    private static string Hash(SafetensorsReader reader, byte[] buffer, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long at = 0; at < reader.FileBytes;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var block = buffer.AsSpan(0, (int)Math.Min(buffer.Length, reader.FileBytes - at));
            reader.ReadRaw(at, block);
            hash.AppendData(block);
            at += block.Length;
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>The folder whose config speaks of the weights.</summary>
    private static string? ConfigFolder(string path, bool isFolder)
    {
        if (isFolder)
            return path;
        var full = System.IO.Path.GetFullPath(path);
        return System.IO.Path.GetFileName(full) == CheckpointFolder.SingleFile ? System.IO.Path.GetDirectoryName(full) : null;
    }

    private SafetensorsReader ReaderOf(CheckpointTensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.Reader is { } reader && _readers.Contains(reader)
            ? reader
            : throw new ArgumentException($"'{tensor.Name}' is not a tensor of '{Path}'.", nameof(tensor));
    }
}
