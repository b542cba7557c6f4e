using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;

namespace Warp;

/// <summary>An open file. Bytes are read where they are wanted; nothing is mapped, so a file that shrinks is an error and not a crash.</summary>
internal sealed class SafetensorsReader : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;
    private readonly long _dataBegin;

    private SafetensorsReader(SafeFileHandle handle, string path, long dataBegin, SafetensorsHeader header)
    {
        _handle = handle;
        _path = path;
        _dataBegin = dataBegin;
        Header = header;
    }

    internal SafetensorsHeader Header { get; }

    internal static SafetensorsReader Open(string path)
    {
        var handle = File.OpenHandle(path);
        try
        {
            var fileBytes = RandomAccess.GetLength(handle);
            if (fileBytes < SafetensorsHeader.PrefixBytes)
                throw new SafetensorsException($"it has {fileBytes} bytes, fewer than the {SafetensorsHeader.PrefixBytes} of the header's length.", path, tensor: null);

            Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixBytes];
            ReadAt(handle, prefix, 0, path, tensor: null);
            var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
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

    /// <summary>Reads one tensor, which the caller disposes.</summary>
    internal Tensor Read(SafetensorsEntry entry)
    {
        var tensor = empty(entry.Shape, entry.Type.Scalar, CPU).DetachFromDisposeScope();
        try
        {
            TensorBytes.Visit(tensor, (bytes, at) =>
            {
                ReadAt(_handle, bytes, _dataBegin + entry.Begin + at, _path, entry.Name);
                // Torch may do anything with a truth value that is neither 0 nor 1.
                if (entry.Type.Scalar == ScalarType.Bool && bytes.ContainsAnyExceptInRange((byte)0, (byte)1))
                    throw new SafetensorsException("a BOOL is neither 0 nor 1.", _path, entry.Name);
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
