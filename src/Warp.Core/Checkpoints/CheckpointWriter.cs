using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Warp;

/// <summary>
/// Writes a checkpoint that may be larger than memory: its tensors are named first, then their data come in any order and in pieces of any
/// size, and at the end it appears under its name as a whole.
/// </summary>
/// <remarks>
/// <para>
/// Everything is prepared under a temporary name (<c>.NAME.warp-partial</c> beside the output, or <c>.warp-partial</c> in a folder that
/// exists), flushed to disk and renamed by <see cref="Complete"/>; the file that makes a checkpoint of the others (<c>model.safetensors</c> or
/// the index) comes last. Disposing without completing removes it all. What a killed process left is removed by the next writer to the
/// same output. Two writers to one output at a time are refused.
/// </para>
/// <para>
/// Files that are replaced are set aside (<c>.warp-partial/.replaced</c>) until the last new file has its name. If that fails, they are put back
/// at once. After a kill the folder holds the old checkpoint, the new one, or none, and then the next writer to it puts the old one back
/// before it begins.
/// </para>
/// <para>Equal tensors, options and data give equal files: nothing depends on time, on threads or on the order of writing.</para>
/// <para>In a file, tensors lie as the format's reference writer puts them: by type, then by name, aligned to 8 bytes.</para>
/// </remarks>
public sealed class CheckpointWriter : IDisposable
{
    private const int BlockBytes = 1 << 20;

    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly StagingFolder _staging;
    private readonly List<OutputFile> _files = [];
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _twins = new(StringComparer.Ordinal);
    private readonly List<string> _others = [];
    private readonly string _target;
    private readonly bool _isFolder;
    private readonly bool _overwrite;
    private long _bytesWritten;
    private volatile bool _failed;
    private bool _closed;

    private CheckpointWriter(string path, bool isFolder, bool overwrite)
    {
        Path = path;
        _target = Target(path);
        _isFolder = isFolder;
        _overwrite = overwrite;
        RefuseWrongKind();
        _staging = isFolder ? StagingFolder.ForFolder(_target) : StagingFolder.ForFile(_target);
    }

    /// <summary>The path as it was given.</summary>
    public string Path { get; }

    /// <summary>The names of the files with weights, in order.</summary>
    public IReadOnlyList<string> Files => [.. _files.Select(f => f.Name)];

    /// <summary>The bytes of all tensors.</summary>
    public long ByteCount { get; private set; }

    /// <summary>How many of <see cref="ByteCount"/> have been written.</summary>
    public long BytesWritten => Interlocked.Read(ref _bytesWritten);

    /// <summary>Begins a single file.</summary>
    /// <param name="path">Its path, ending in <c>.safetensors</c>. Folders above it are created.</param>
    /// <param name="tensors">What it will hold, in any order. Of tensors read from a checkpoint only the description is used.</param>
    /// <param name="options">Settings; defaults if null.</param>
    /// <exception cref="ArgumentException">Names are given twice, or the metadata would be read as ties that are none.</exception>
    /// <exception cref="OutputExistsException">The file exists and is not to be replaced.</exception>
    /// <exception cref="IOException">Another process is writing it, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The place may not be written to.</exception>
    public static CheckpointWriter CreateFile(string path, IReadOnlyList<CheckpointTensor> tensors, CheckpointWriterOptions? options = null) =>
        Create(path, isFolder: false, tensors, options ?? new());

    /// <summary>Begins a Hugging Face folder, sharded if need be.</summary>
    /// <param name="path">The folder. It and the folders above it are created; in one that exists, other files are left alone.</param>
    /// <param name="tensors">What it will hold, in the order in which shards are filled.</param>
    /// <param name="options">Settings; defaults if null.</param>
    /// <exception cref="ArgumentException">Names are given twice, the shard size is below 1, or the metadata would be read as ties that are none.</exception>
    /// <exception cref="SafetensorsException">A file to be copied is a link that leads out of its folder.</exception>
    /// <exception cref="OutputExistsException">A file exists and is not to be replaced.</exception>
    /// <exception cref="IOException">Another process is writing there, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The place may not be written to.</exception>
    public static CheckpointWriter CreateFolder(string path, IReadOnlyList<CheckpointTensor> tensors, CheckpointWriterOptions? options = null) =>
        Create(path, isFolder: true, tensors, options ?? new());

    /// <summary>Writes bytes of a tensor. Threads may do so at the same time.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="offset">The first byte, counted from the tensor's beginning.</param>
    /// <param name="bytes">Little-endian elements in C order.</param>
    /// <exception cref="KeyNotFoundException">No tensor has the name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the tensor.</exception>
    /// <exception cref="InvalidOperationException">Some of these bytes have been written before.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="ObjectDisposedException">The writer has been completed or disposed.</exception>
    public void Write(string name, long offset, ReadOnlySpan<byte> bytes)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        var slot = SlotOf(name);
        var length = slot.Entry.End - slot.Entry.Begin;
        if (offset < 0 || offset > length - bytes.Length)
            throw new ArgumentOutOfRangeException(nameof(offset), $"The bytes {offset} to {(Int128)offset + bytes.Length} are not inside '{name}', which has {length}.");
        if (!slot.Written.TryAdd(offset, offset + bytes.Length))
            throw new InvalidOperationException($"Some of the bytes {offset} to {offset + bytes.Length} of '{name}' have been written before; write each once.");
        try
        {
            slot.File.Write(slot.Entry, offset, bytes);
        }
        catch
        {
            _failed = true;
            throw;
        }

        Interlocked.Add(ref _bytesWritten, bytes.Length);
        if (_twins.TryGetValue(name, out var twin))
            Write(twin, offset, bytes);
    }

    /// <summary>Writes a whole tensor.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="tensor">Of the type and shape that were announced; strided or not, on any device. Not changed.</param>
    /// <exception cref="KeyNotFoundException">No tensor has the name.</exception>
    /// <exception cref="ArgumentException">The type or the shape is not the one announced.</exception>
    /// <exception cref="InvalidOperationException">Some of its bytes have been written before.</exception>
    /// <exception cref="IOException">The disk is full or fails.</exception>
    /// <exception cref="ObjectDisposedException">The writer has been completed or disposed.</exception>
    public void Write(string name, TorchSharp.torch.Tensor tensor)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        ArgumentNullException.ThrowIfNull(tensor);
        var entry = SlotOf(name).Entry;
        if (entry.Type.Scalar != tensor.dtype || !entry.Shape.SequenceEqual(tensor.shape))
        {
            throw new ArgumentException(
                $"'{name}' is to be {entry.Type.Name} [{string.Join(", ", entry.Shape)}]; this tensor is {tensor.dtype} [{string.Join(", ", tensor.shape)}].", nameof(tensor));
        }

        TensorBytes.VisitCopy(tensor, (bytes, at) => Write(name, at, bytes));
    }

    /// <summary>From now on, what is written to one tensor is written to another of the same size too: a tie that is stored twice.</summary>
    internal void StoreTwice(string name, string twin) => _twins.Add(name, twin);

    /// <summary>Carries a tensor through, byte for byte.</summary>
    /// <param name="name">The tensor's name here.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="tensor">One of the source's tensors, of the same size.</param>
    /// <param name="cancellationToken">Ends it between two blocks.</param>
    /// <exception cref="ArgumentException">The sizes differ, or the tensor is not the source's.</exception>
    public void Copy(string name, Checkpoint source, CheckpointTensor tensor, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(tensor);
        var entry = SlotOf(name).Entry;
        if (tensor.ByteCount != entry.End - entry.Begin)
            throw new ArgumentException($"'{tensor.Name}' has {tensor.ByteCount} bytes and cannot fill '{name}', which has {entry.End - entry.Begin}.", nameof(tensor));
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(BlockBytes, Math.Max(1, tensor.ByteCount)));
        try
        {
            for (long at = 0; at < tensor.ByteCount;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var block = buffer.AsSpan(0, (int)Math.Min(buffer.Length, tensor.ByteCount - at));
                source.Read(tensor, at, block);
                Write(name, at, block);
                at += block.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Adds a text file to a folder, such as <c>README.md</c> with a <see cref="ModelCard"/>.</summary>
    /// <param name="fileName">A name without a path that no other file of the output has.</param>
    /// <param name="text">Is written as UTF-8.</param>
    /// <exception cref="ArgumentException">The name is a path or is taken.</exception>
    /// <exception cref="InvalidOperationException">The output is a single file.</exception>
    /// <exception cref="OutputExistsException">A file of that name exists and is not to be replaced.</exception>
    public void AddText(string fileName, string text)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        ArgumentNullException.ThrowIfNull(text);
        if (!_isFolder)
            throw new InvalidOperationException($"'{Path}' is a single file, which '{fileName}' cannot be added to; write a folder, or use metadata.");
        if (string.IsNullOrWhiteSpace(fileName) || fileName[0] == '.' || fileName.AsSpan().ContainsAny(['/', '\\', ':']))
            throw new ArgumentException($"'{fileName}' must be a file name without a path, and not begin with a dot.", nameof(fileName));
        if (_others.Concat(Files).Append(CheckpointFolder.IndexFile).Contains(fileName, StringComparer.Ordinal))
            throw new ArgumentException($"'{fileName}' is already a file of this checkpoint.", nameof(fileName));
        RefuseExisting([fileName]);
        CompanionFiles.Write(System.IO.Path.Combine(_staging.FolderPath, fileName), Encoding.UTF8.GetBytes(text));
        _others.Add(fileName);
    }

    /// <summary>Replaces texts of the metadata that were not known at the beginning by others of the same length.</summary>
    internal void ReplaceMetadata(IReadOnlyDictionary<string, string> texts)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        _files.ForEach(f => f.Replace(texts));
    }

    /// <summary>Checks that every byte has been written, flushes to disk, and puts the files under their names.</summary>
    /// <exception cref="InvalidOperationException">Bytes are missing, or a write has failed. The message lists the tensors.</exception>
    /// <exception cref="OutputExistsException">A file of the name has appeared meanwhile.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    /// <exception cref="ObjectDisposedException">The writer has been completed or disposed.</exception>
    public void Complete()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        var missing = _slots.Where(s => !s.Value.Written.IsComplete(s.Value.Entry.End - s.Value.Entry.Begin)).Select(s => $"'{s.Key}'").ToList();
        if (missing.Count > 0)
            throw new InvalidOperationException($"Not every byte of {missing.Count} tensors of '{Path}' has been written:{ProblemList.Lines(missing)}");
        if (_failed)
            throw new InvalidOperationException($"A write to '{Path}' has failed, so it cannot be completed; begin again.");
        foreach (var file in _files)
            file.Flush();
        CloseFiles();
        var names = _others.Concat(Files).ToList();
        if (_files.Count > 1)
        {
            CompanionFiles.Write(System.IO.Path.Combine(_staging.FolderPath, CheckpointFolder.IndexFile), Index());
            names.Add(CheckpointFolder.IndexFile);
        }

        RefuseExisting(names);
        _staging.Publish(names, _isFolder && !_staging.MovesAsWhole ? [.. WeightsIn(_target)] : []);
        _closed = true;
    }

    /// <summary>Ends writing. Without <see cref="Complete"/>, nothing is left behind.</summary>
    public void Dispose()
    {
        _closed = true;
        CloseFiles();
        _staging.Dispose();
    }

    /// <summary>Calls back before each step that puts files under their names; for tests.</summary>
    internal void OnMoving(Action moving) => _staging.Moving = moving;

    /// <summary>Leaves everything as a killed process would.</summary>
    internal void Abandon()
    {
        _staging.Abandon();
        Dispose();
    }

    private static CheckpointWriter Create(string path, bool isFolder, IReadOnlyList<CheckpointTensor> tensors, CheckpointWriterOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxShardBytes, 1, nameof(options));
        CheckNames(tensors);
        var plan = isFolder
            ? ShardPlan.Divide(tensors, options.MaxShardBytes)
            : [(System.IO.Path.GetFileName(Target(path)), tensors)];
        var metadata = TieMetadata.Join(tensors, options.Metadata);
        var headers = plan.Select(shard => (shard.File, Header: SafetensorsHeader.Lay(shard.Tensors, TieMetadata.Of(shard.Tensors, tensors, metadata), shard.File))).ToList();
        var writer = new CheckpointWriter(path, isFolder, options.Overwrite);
        try
        {
            writer.RefuseExisting([.. plan.Select(p => p.File), .. plan.Count > 1 ? [CheckpointFolder.IndexFile] : Array.Empty<string>(), .. isFolder ? options.TextFiles : []]);
            if (isFolder && options.CompanionsFrom is { } from)
                writer._others.AddRange(CompanionFiles.Copy(from, writer._staging.FolderPath, options.ConfigType, skipConfig: options.ConfigText is not null));
            if (isFolder && options.ConfigText is not null)
                writer.AddText(CheckpointFolder.ConfigFile, options.ConfigText);
            writer.RefuseExisting(writer._others);
            foreach (var (file, header) in headers)
                writer.Add(OutputFile.Create(writer._staging.FolderPath, file, header));
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    private static void CheckNames(IReadOnlyList<CheckpointTensor> tensors)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var twice = tensors.SelectMany(t => t.Aliases.Prepend(t.Name)).Where(name => !names.Add(name)).Select(name => $"'{name}'").ToList();
        if (twice.Count > 0)
            throw new ArgumentException($"Names must differ, aliases included; these are given twice:{ProblemList.Lines(twice)}", nameof(tensors));
    }

    private static string Target(string path) => System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));

    private void Add(OutputFile file)
    {
        _files.Add(file);
        foreach (var entry in file.Header.Entries)
        {
            _slots.Add(entry.Name, new(file, entry, new()));
            ByteCount += entry.End - entry.Begin;
        }
    }

    private void RefuseWrongKind()
    {
        if (_isFolder && File.Exists(_target))
            throw new IOException($"'{Path}' is a file, but a folder is to be written; give another output.");
        if (!_isFolder && Directory.Exists(_target))
            throw new IOException($"'{Path}' is a folder, but a file is to be written; give a path that ends in .safetensors.");
        if (!_isFolder && !_target.EndsWith(CheckpointFolder.Extension, StringComparison.Ordinal))
            throw new ArgumentException($"'{Path}' must end in .safetensors.");
        if (_isFolder && System.IO.Path.GetDirectoryName(_target) is null && !Directory.Exists(_target))
            throw new IOException($"'{Path}' is no place to write to.");
    }

    /// <summary>Refuses to replace folders, and files unless <see cref="CheckpointWriterOptions.Overwrite"/> allows it.</summary>
    private void RefuseExisting(IReadOnlyCollection<string> names)
    {
        var folder = _isFolder ? _target : System.IO.Path.GetDirectoryName(_target)!;
        var folders = names.Where(n => Directory.Exists(System.IO.Path.Combine(folder, n))).ToList();
        if (folders.Count > 0)
            throw new IOException($"'{Path}' cannot be written: its files would have the names of these folders; rename them or give another output:{ProblemList.Lines(folders)}");
        if (_overwrite)
            return;
        var existing = names.Where(n => System.IO.Path.Exists(System.IO.Path.Combine(folder, n)));
        if (_isFolder && Directory.Exists(folder))
            existing = existing.Union(WeightsIn(folder), StringComparer.Ordinal);
        List<string> listed = [.. existing.Order(StringComparer.Ordinal)];
        if (listed.Count > 0)
            throw new OutputExistsException(Path, listed);
    }

    private static bool IsWeights(string name) => CheckpointFolder.IsEntryPoint(name) || ShardPlan.IsShard(name);

    // From the first of these until the last new file the folder is no checkpoint, rather than a mixture of two. An index goes before
    // model.safetensors, which readers prefer to it.
    private static IEnumerable<string> WeightsIn(string folder) => Directory.EnumerateFiles(folder)
        .Select(f => System.IO.Path.GetFileName(f)!)
        .Where(IsWeights)
        .OrderByDescending(n => n == CheckpointFolder.IndexFile)
        .ThenByDescending(CheckpointFolder.IsEntryPoint)
        .ThenBy(n => n, StringComparer.Ordinal);

    private byte[] Index()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteStartObject("metadata");
            json.WriteNumber("total_size", ByteCount);
            json.WriteEndObject();
            json.WriteStartObject("weight_map");
            foreach (var (name, slot) in _slots.OrderBy(s => s.Key, StringComparer.Ordinal))
                json.WriteString(name, slot.File.Name);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void CloseFiles() => _files.ForEach(f => f.Dispose());

    private Slot SlotOf(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _slots.TryGetValue(name, out var slot) ? slot : throw new KeyNotFoundException($"'{name}' is not among the {_slots.Count} tensors of '{Path}'.");
    }

    private sealed record Slot(OutputFile File, SafetensorsEntry Entry, WrittenRanges Written);
}
