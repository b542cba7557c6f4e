using System.Globalization;
using BenchmarkDotNet.Reports;

namespace Warp.Benchmarks;

/// <summary>Times as bandwidth: bytes of the passes that an operation cannot do without, over the best time.</summary>
internal static class BandwidthTable
{
    internal static void Print(IReadOnlyList<Summary> summaries, TextWriter output)
    {
        var best = summaries.SelectMany(s => s.Reports).Where(r => r.ResultStatistics is not null).ToDictionary(
            r => ((ModelShape)r.BenchmarkCase.Parameters[nameof(MergeBenchmarks.Shape)], r.BenchmarkCase.Descriptor.WorkloadMethod.Name),
            r => (Best: r.ResultStatistics!.Min / 1e9, Median: r.ResultStatistics.Median / 1e9));
        foreach (var shape in best.Keys.Select(k => k.Item1).Distinct())
        {
            output.WriteLine();
            output.WriteLine(Text($"**{shape}**: {shape.Count() / 1e6:F0} M weights, {shape.Tensors().Count()} tensors, {shape.Type()}"));
            output.WriteLine();
            output.WriteLine("| operation | passes | best, ms | median, ms | GB/s | of the copy | plain, ms | times faster than plain |");
            output.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|");
            foreach (var operation in new[] { "Copy", "Ema", "Lerp", "Slerp", "Liti" })
            {
                if (!best.TryGetValue((shape, operation), out var time))
                    continue;
                var (passes, bytes) = Passes(shape, operation);
                var rate = bytes / time.Best / 1e9;
                var copy = best.TryGetValue((shape, "Copy"), out var c) ? Text($"{rate / (Passes(shape, "Copy").Bytes / c.Best / 1e9):F2}") : "";
                var (plain, faster) = best.TryGetValue((shape, operation + "Plain"), out var p) ? (Text($"{p.Best * 1e3:F1}"), Text($"{p.Best / time.Best:F1}")) : ("", "");
                output.WriteLine(Text(
                    $"| {operation} | {passes} | {time.Best * 1e3:F1} | {time.Median * 1e3:F1} | {rate:F1} | {copy} | {plain} | {faster} |"));
            }
        }
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
