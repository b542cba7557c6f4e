using System.Diagnostics;
using System.Globalization;

namespace Warp.Benchmarks;

/// <summary>The greatest resident memory of this process.</summary>
internal static class PeakMemory
{
    private const string Line = "VmHWM:";

    /// <summary>Begins anew, on Linux; elsewhere the peak is that since the start of the process.</summary>
    internal static void Reset()
    {
        GC.Collect();
        if (OperatingSystem.IsLinux())
            File.WriteAllText("/proc/self/clear_refs", "5");
    }

    internal static double Bytes()
    {
        if (!OperatingSystem.IsLinux())
            return Process.GetCurrentProcess().PeakWorkingSet64;
        var kilobytes = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Line, StringComparison.Ordinal));
        return 1024 * double.Parse(kilobytes[Line.Length..^2].Trim(), CultureInfo.InvariantCulture);
    }
}
