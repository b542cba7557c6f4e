using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Warp.Benchmarks;

/// <summary>
/// Merges three checkpoints from files to a file, beside a plain copy of the same bytes: all inputs read, the output's size written and flushed
/// to disk. Each starts with none of the files in memory, and both take turns, because disks of virtual machines have moods.
/// </summary>
internal static class DiskBenchmark
{
    private const string Word = "disk";
    private const int Policies = 2;
    private const int CopyBytes = 8 << 20;
    private const int DefaultRounds = 3;
    private const int DefaultGigabytes = 4;

    internal static bool IsAsked(string[] args) => args is [Word, ..];

    /// <param name="args"><c>disk [FOLDER [GIGABYTES [ROUNDS]]]</c>.</param>
    /// <param name="output">Where the table goes.</param>
    internal static void Run(string[] args, TextWriter output)
    {
        var parent = args.Length > 1 ? args[1] : Path.GetTempPath();
        var gigabytes = args.Length > 2 ? double.Parse(args[2], CultureInfo.InvariantCulture) : DefaultGigabytes;
        var rounds = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : DefaultRounds;
        var folder = Directory.CreateDirectory(Path.Combine(parent, $"warp-disk-benchmark-{Environment.ProcessId}")).FullName;
        try
        {
            string[] inputs = [.. Enumerable.Range(0, Policies + 1).Select(k => Path.Combine(folder, $"{k}.safetensors"))];
            for (var k = 0; k < inputs.Length; k++)
                RandomCheckpoint.Write(inputs[k], (long)(gigabytes * 1e9), (ulong)k);
            var size = new FileInfo(inputs[0]).Length;
            var rows = new List<(string Name, double Copy, double Merge, double Peak)>();
            foreach (var (name, merge) in Merges(inputs))
            {
                var (bestCopy, bestMerge, peak) = (double.MaxValue, double.MaxValue, 0.0);
                for (var round = 0; round < rounds; round++)
                {
                    var copied = Seconds(inputs, Path.Combine(folder, "copy.safetensors"), path => Copy(inputs, path));
                    PeakMemory.Reset();
                    var merged = Seconds(inputs, Path.Combine(folder, "merge.safetensors"), merge);
                    (bestCopy, bestMerge, peak) = (Math.Min(bestCopy, copied), Math.Min(bestMerge, merged), Math.Max(peak, PeakMemory.Bytes()));
                    Console.Error.WriteLine(Text($"{name}, round {round + 1}: copy {copied:F1} s, merge {merged:F1} s"));
                }

                rows.Add((name, bestCopy, bestMerge, peak));
            }

            Print(rows, size, inputs.Length, output);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<(string Name, Action<string> Merge)> Merges(string[] inputs)
    {
        var merger = new CheckpointMerger();
        foreach (var granularity in new[] { Granularity.Layer, Granularity.Model })
        {
            var options = new CheckpointMergeOptions { Merge = new MergeOptions { Granularity = granularity } };
            yield return (Text($"SLERP per {granularity.ToString().ToLowerInvariant()}"), path => merger.Merge(inputs[0], inputs[1..], path, options));
        }
    }

    private static double Seconds(string[] inputs, string target, Action<string> work)
    {
        File.Delete(target);
        Array.ForEach(inputs, PageCache.Drop);
        var clock = Stopwatch.StartNew();
        work(target);
        var seconds = clock.Elapsed.TotalSeconds;
        File.Delete(target);
        return seconds;
    }

    private static void Copy(string[] inputs, string target)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(CopyBytes, pinned: true);
        using var output = File.OpenHandle(target, FileMode.CreateNew, FileAccess.Write);
        for (var k = 0; k < inputs.Length; k++)
        {
            using var input = File.OpenHandle(inputs[k]);
            int count;
            for (long at = 0; (count = RandomAccess.Read(input, buffer, at)) > 0; at += count)
            {
                if (k == 0)
                    RandomAccess.Write(output, buffer.AsSpan(0, count), at);
            }
        }

        RandomAccess.FlushToDisk(output);
    }

    private static void Print(List<(string Name, double Copy, double Merge, double Peak)> rows, long size, int inputs, TextWriter output)
    {
        var bytes = (inputs + 1) * size / 1e9;
        output.WriteLine(Text($"{inputs} checkpoints of {size / 1e9:F2} GB each; {bytes:F1} GB are read and written. {RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores."));
        output.WriteLine();
        output.WriteLine("| merge | copy, s | merge, s | copy, GB/s | merge, GB/s | of the copy | peak memory, MB |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        foreach (var (name, copy, merge, peak) in rows)
            output.WriteLine(Text($"| {name} | {copy:F1} | {merge:F1} | {bytes / copy:F2} | {bytes / merge:F2} | {copy / merge:F2} | {peak / 1e6:F0} |"));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
