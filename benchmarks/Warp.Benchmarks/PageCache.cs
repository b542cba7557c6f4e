using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Warp.Benchmarks;

/// <summary>Makes the system forget what it holds of a file in memory.</summary>
internal static partial class PageCache
{
    private const int DontNeed = 4; // POSIX_FADV_DONTNEED

    /// <summary>Linux only; elsewhere the file stays in memory as far as it fits, for the copy and the merge alike.</summary>
    internal static void Drop(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        // Only what is on disk already can be dropped.
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
        if (Advise((int)file.DangerousGetHandle(), 0, 0, DontNeed) is not 0 and var error)
            throw new Win32Exception(error);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int Advise(int file, long offset, long length, int advice);
}
