using Microsoft.Win32.SafeHandles;

namespace Warp;

/// <summary>A safetensors file whose header is written and whose data arrive in any order.</summary>
internal sealed class OutputFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly long _dataBegin;

    private OutputFile(string name, SafetensorsHeader header, SafeFileHandle handle, long dataBegin)
    {
        Name = name;
        Header = header;
        _handle = handle;
        _dataBegin = dataBegin;
    }

    internal string Name { get; }

    internal SafetensorsHeader Header { get; private set; }

    /// <summary>Creates the file with room for all of it, so that a full disk shows before the work begins.</summary>
    internal static OutputFile Create(string folder, string name, SafetensorsHeader header)
    {
        var bytes = SafetensorsHeaderWriter.Write(header, name);
        var dataBytes = header.Entries.Count == 0 ? 0 : header.Entries[^1].End;
        var handle = File.OpenHandle(
            Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write, FileShare.Read, FileOptions.None, preallocationSize: bytes.Length + dataBytes);
        try
        {
            RandomAccess.Write(handle, bytes, 0);
            return new(name, header, handle, bytes.Length);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    internal void Write(SafetensorsEntry entry, long offset, ReadOnlySpan<byte> bytes) => RandomAccess.Write(_handle, bytes, _dataBegin + entry.Begin + offset);

    /// <summary>Replaces texts of the metadata by others of the same length.</summary>
    internal void Replace(IReadOnlyDictionary<string, string> texts)
    {
        var header = Header with { Metadata = Header.Metadata.ToDictionary(m => m.Key, m => texts.GetValueOrDefault(m.Key, m.Value), StringComparer.Ordinal) };
        var bytes = SafetensorsHeaderWriter.Write(header, Name);
        if (bytes.Length != _dataBegin)
            throw new InvalidOperationException($"The header of '{Name}' would have {bytes.Length} bytes instead of {_dataBegin}; the texts must be as long as those they replace.");
        RandomAccess.Write(_handle, bytes, 0);
        Header = header;
    }

    internal void Flush() => RandomAccess.FlushToDisk(_handle);

    public void Dispose() => _handle.Dispose();
}
