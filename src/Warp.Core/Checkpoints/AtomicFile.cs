namespace Warp;

/// <summary>Writes a file so that its name shows either what was there before or the whole of what is new.</summary>
internal static class AtomicFile
{
    /// <summary>Writes under a temporary name in the same folder, flushes to disk and renames. If anything fails, what was there stays.</summary>
    internal static void Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(path);
        if (Path.EndsInDirectorySeparator(target) || Directory.Exists(target))
            throw new IOException($"'{path}' is a folder; give the path of the file itself.");
        var folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The folder '{folder}' does not exist, so that '{path}' cannot be written; create it first.");
        var temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = Create(temporary, folder, path))
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

    // The temporary name means nothing to the caller.
    private static FileStream Create(string temporary, string folder, string path)
    {
        try
        {
            return new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new UnauthorizedAccessException($"The folder '{folder}' may not be written to, so that '{path}' cannot be saved.", failure);
        }
    }
}
