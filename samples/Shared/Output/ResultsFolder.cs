namespace Warp.Samples;

/// <summary>The folder of the results, made before minutes of work depend on it.</summary>
internal static class ResultsFolder
{
    /// <summary>Makes the folder and sees whether files can be written there.</summary>
    /// <returns>What is wrong; null for nothing.</returns>
    public static string? TryPrepare(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            using var probe = new FileStream(
                Path.Combine(path, $".probe-{Environment.ProcessId}"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"cannot create the results folder given by {ExperimentOptions.OutName}: {problem.Message}";
        }
    }

    public static void RemoveIfEmpty(string path)
    {
        if (Directory.Exists(path) && !Directory.EnumerateFileSystemEntries(path).Any())
            Directory.Delete(path);
    }
}
