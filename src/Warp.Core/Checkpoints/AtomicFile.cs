namespace Warp;

/// <summary>Writes a file so that its name shows either what was there before or the whole of what is new.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Writes under a temporary name in the same folder (<c>.NAME.warp-partial</c>), flushes to disk and renames. If anything fails, what was
    /// there stays. What a killed process left is removed by the next write to the same file; two at a time are refused.
    /// </summary>
    /// <exception cref="IOException">The path is a folder or in none, another process is writing it, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    internal static void Write(string path, Action<Stream> write)
    {
        var target = Path.GetFullPath(path);
        if (Path.EndsInDirectorySeparator(target) || Directory.Exists(target))
            throw new IOException($"'{path}' is a folder; give the path of the file itself.");
        var folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The folder '{folder}' does not exist, so that '{path}' cannot be written; create it first.");
        var name = Path.GetFileName(target);
        using var staging = StagingFolder.ForFile(target);
        CompanionFiles.Write(Path.Combine(staging.FolderPath, name), write);
        staging.Publish([name], retired: []);
    }
}
