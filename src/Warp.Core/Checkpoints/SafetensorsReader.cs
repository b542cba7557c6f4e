using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace Warp;

/// <summary>An open file. Bytes are read where they are wanted; nothing is mapped, so a file that shrinks is an error and not a crash.</summary>
internal sealed class SafetensorsReader : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly long _dataBegin;

    private SafetensorsReader(SafeFileHandle handle, string path, long dataBegin, SafetensorsHeader header)
    {
        _handle = handle;
        FilePath = path;
        _dataBegin = dataBegin;
        Header = header;
    }

    internal string FilePath { get; }

    internal SafetensorsHeader Header { get; }

    /// <summary>The bytes of the whole file: the length, the header and the data.</summary>
    internal long FileBytes => _dataBegin + (Header.Entries.Count == 0 ? 0 : Header.Entries[^1].End);

    /// <summary>Where some of a tensor's bytes are in the file.</summary>
    internal long PositionOf(SafetensorsEntry entry, long offset) => _dataBegin + entry.Begin + offset;

    /// <param name="path">The file, as messages name it. Links are followed; whether they may be is for the caller to say.</param>
    internal static SafetensorsReader Open(string path)
    {
        // A pipe has no length, and opening one would wait for its other end.
        var real = RealPath.Of(path);
        if (new FileInfo(real) is { Exists: true, Length: 0 })
            throw TooShort(path, 0);
        var handle = OpenExisting(real, path);
        try
        {
            var fileBytes = RandomAccess.GetLength(handle);
            if (fileBytes < SafetensorsHeader.PrefixBytes)
                throw TooShort(path, fileBytes);

            Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixBytes];
            ReadAt(handle, prefix, 0, path, tensor: null);
            var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (length > (ulong)Math.Min(SafetensorsHeader.MaxBytes, fileBytes - SafetensorsHeader.PrefixBytes))
                RefuseForeign(handle, fileBytes, path);
            if (length > SafetensorsHeader.MaxBytes)
                throw new SafetensorsException($"it claims a header of {length} bytes; at most {SafetensorsHeader.MaxBytes} are accepted.", path, tensor: null);
            var dataBegin = SafetensorsHeader.PrefixBytes + (long)length;
            if (dataBegin > fileBytes)
                throw new SafetensorsException($"it claims a header of {length} bytes, but has only {fileBytes} bytes in all; it may be cut off.", path, tensor: null);

            var json = new byte[(int)length];
            ReadAt(handle, json, SafetensorsHeader.PrefixBytes, path, tensor: null);
            return new(handle, path, dataBegin, SafetensorsHeaderReader.Read(json, fileBytes - dataBegin, path));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Reads some of a tensor's bytes. Threads may do so at the same time.</summary>
    internal void Read(SafetensorsEntry entry, long offset, Span<byte> target) =>
        ReadAt(_handle, target, _dataBegin + entry.Begin + offset, FilePath, entry.Name);

    /// <summary>Reads bytes of the file itself, wherever they are.</summary>
    internal void ReadRaw(long offset, Span<byte> target) => ReadAt(_handle, target, offset, FilePath, tensor: null);

    /// <summary>Reads one tensor, which the caller disposes.</summary>
    internal Tensor Read(SafetensorsEntry entry)
    {
        var type = entry.Type.Scalar ?? throw new SafetensorsException(
            $"its dtype is {entry.Type.Name}, and TorchSharp has tensors of {SafetensorsType.Known}; {nameof(Checkpoint)} carries other types through as bytes.", FilePath, entry.Name);
        var tensor = empty(entry.Shape, type, CPU).DetachFromDisposeScope();
        try
        {
            TensorBytes.Visit(tensor, (bytes, at) =>
            {
                Read(entry, at, bytes);
                // Torch may do anything with a truth value that is neither 0 nor 1.
                if (type == ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
                    throw new SafetensorsException("a BOOL is neither 0 nor 1.", FilePath, entry.Name);
            });
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }

    public void Dispose() => _handle.Dispose();

    private static SafeFileHandle OpenExisting(string real, string path)
    {
        try
        {
            return File.OpenHandle(real);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new FileNotFoundException($"'{path}' does not exist. Models are not downloaded; give a local folder or file.", path, missing);
        }
    }

    private static void RefuseForeign(SafeFileHandle handle, long fileBytes, string path)
    {
        var begin = new byte[(int)Math.Min(fileBytes, ForeignFile.BytesToSee)];
        ReadAt(handle, begin, 0, path, tensor: null);
        if (ForeignFile.Describe(begin) is { } predicate)
            throw SafetensorsException.Of(path, predicate);
    }

    private static SafetensorsException TooShort(string path, long fileBytes) =>
        new($"it has {fileBytes} bytes, fewer than the {SafetensorsHeader.PrefixBytes} of the header's length.", path, tensor: null);

    private static void ReadAt(SafeFileHandle handle, Span<byte> target, long offset, string path, string? tensor)
    {
        while (!target.IsEmpty)
        {
            var count = RandomAccess.Read(handle, target, offset);
            if (count == 0)
                throw new SafetensorsException($"it ended at byte {offset} while it was read.", path, tensor);
            target = target[count..];
            offset += count;
        }
    }
}
