namespace Warp;

/// <summary>Writes a file so that its name shows either what was there before or the whole of what is new.</summary>
internal static class AtomicFile
{
    /// <summary>Writes under a temporary name in the same folder, flushes to disk and renames. If anything fails, what was there stays.</summary>
    internal static void Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(path);
        var temporary = Path.Combine(Path.GetDirectoryName(target)!, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
