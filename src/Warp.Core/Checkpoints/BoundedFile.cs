using Microsoft.Win32.SafeHandles;

namespace Warp;

/// <summary>Small files that nobody vouches for: measured and read through one handle, and never more of them than is allowed.</summary>
internal static class BoundedFile
{
    private const int BlockBytes = 1 << 20;

    /// <summary>Reads a whole file.</summary>
    /// <param name="real">Where it really is: see <see cref="CheckpointFolder.Resolve"/>.</param>
    /// <param name="mostBytes">The most that are accepted.</param>
    /// <param name="file">What messages call it.</param>
    /// <returns>Its bytes; none for a pipe or a device, which is not opened.</returns>
    /// <exception cref="SafetensorsException">It is larger, or no file that can be measured.</exception>
    internal static byte[] Read(string real, long mostBytes, string file)
    {
        using var bytes = new MemoryStream();
        Copy(real, bytes, mostBytes, file);
        return bytes.ToArray();
    }

    /// <summary>Copies a whole file into a stream, block by block.</summary>
    internal static void Copy(string real, Stream target, long mostBytes, string file)
    {
        // A pipe and a device have no length; opening the one waits for its other end, and reading the other may never end.
        if (new FileInfo(real).Length == 0)
            return;
        using var handle = File.OpenHandle(real);
        var length = LengthOf(handle, file);
        if (length > mostBytes)
            throw new SafetensorsException($"it has {length} bytes; at most {mostBytes} are accepted.", file, tensor: null);
        var buffer = new byte[(int)Math.Min(BlockBytes, length)];
        for (long at = 0; at < length;)
        {
            var count = RandomAccess.Read(handle, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - at)), at);
            if (count == 0)
                break; // It has become shorter; that is what it holds now.
            target.Write(buffer, 0, count);
            at += count;
        }
    }

    private static long LengthOf(SafeFileHandle handle, string file)
    {
        try
        {
            return RandomAccess.GetLength(handle);
        }
        catch (NotSupportedException failure)
        {
            throw new SafetensorsException("it is no regular file.", file, tensor: null, failure);
        }
    }
}
