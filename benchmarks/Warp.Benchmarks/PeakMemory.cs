using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Warp.Benchmarks;

/// <summary>The greatest resident memory of this process.</summary>
internal static partial class PeakMemory
{
    private const string PeakLine = "VmHWM:";
    private const string ResidentLine = "VmRSS:";

    /// <summary>Begins anew, on Linux; elsewhere the peak is that since the start of the process.</summary>
    internal static void Reset()
    {
        GC.Collect();
        if (!OperatingSystem.IsLinux())
            return;
        _ = Trim(0); // The C library keeps freed memory, which the next peak would not count.
        File.WriteAllText("/proc/self/clear_refs", "5");
    }

    internal static double Bytes() => OperatingSystem.IsLinux() ? Read(PeakLine) : Process.GetCurrentProcess().PeakWorkingSet64;

    /// <summary>The resident memory now.</summary>
    internal static double ResidentBytes() => OperatingSystem.IsLinux() ? Read(ResidentLine) : Environment.WorkingSet;

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int Trim(nuint keep);

    private static double Read(string name)
    {
        var kilobytes = File.ReadLines("/proc/self/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return 1024 * double.Parse(kilobytes[name.Length..^2].Trim(), CultureInfo.InvariantCulture);
    }
}
