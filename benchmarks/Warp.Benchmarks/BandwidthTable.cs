using System.Globalization;
using BenchmarkDotNet.Reports;

namespace Warp.Benchmarks;

/// <summary>Times as bandwidth: bytes of the passes that an operation cannot do without, over the best time on the clock and the least processor time.</summary>
internal static class BandwidthTable
{
    internal static void Print(IReadOnlyList<Summary> summaries, TextWriter output)
    {
        var best = summaries.SelectMany(s => s.Reports).Where(r => r.ResultStatistics is not null).ToDictionary(
            r => ((ModelShape)r.BenchmarkCase.Parameters[nameof(MergeBenchmarks.Shape)], r.BenchmarkCase.Descriptor.WorkloadMethod.Name),
            r => r.ResultStatistics!.Min / 1e6);
        foreach (var shape in best.Keys.Select(k => k.Item1).Distinct())
        {
            output.WriteLine();
            output.WriteLine(Text($"**{shape}**: {shape.Count() / 1e6:F0} M weights, {shape.Tensors().Count()} tensors, {shape.Type()}"));
            output.WriteLine();
            output.WriteLine("| operation | passes | best, ms | GB/s | of the copy | times the plain formula | CPU ms per core | GB/s | of the copy | times the plain formula |");
            output.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
            foreach (var operation in new[] { "Copy", "Ema", "Lerp", "Slerp", "Liti" })
            {
                if (!best.TryGetValue((shape, operation), out var time))
                    continue;
                var (passes, bytes) = Passes(shape, operation);
                var copyBytes = Passes(shape, "Copy").Bytes;
                var hasCopy = best.TryGetValue((shape, "Copy"), out var copy);
                var hasPlain = best.TryGetValue((shape, operation + "Plain"), out var plain);
                var busy = ProcessorTimes.PerCore(shape, operation);
                var clock = Cells(time, bytes, hasCopy ? copy : null, copyBytes, hasPlain ? plain : null);
                var processor = Cells(
                    busy,
                    bytes,
                    hasCopy ? ProcessorTimes.PerCore(shape, "Copy") : null,
                    copyBytes,
                    hasPlain ? ProcessorTimes.PerCore(shape, operation + "Plain") : null);
                output.WriteLine($"| {operation} | {passes} | {clock} | {processor} |");
            }
        }
    }

    private static string Cells(double time, double bytes, double? copyTime, double copyBytes, double? plainTime)
    {
        var rate = bytes / time / 1e6;
        return Text($"{time:F1} | {rate:F1} | {rate / (copyBytes / copyTime / 1e6):F2} | {plainTime / time:F1}");
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static (string Passes, double Bytes) Passes(ModelShape shape, string operation)
    {
        var (bytes, shadow) = (shape.Count() * (double)WeightKernels.Size(shape.Type()), shape.Count() * (double)sizeof(float));
        return operation switch
        {
            "Copy" => ("1 read + 1 write", 2 * bytes),
            "Ema" => ("2 reads + 1 write", bytes + (2 * shadow)),
            "Lerp" or "Liti" => ("2 reads + 1 write", 3 * bytes),
            "Slerp" => ("3 + 3 reads + 1 write", 7 * bytes),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "unknown operation"),
        };
    }
}
