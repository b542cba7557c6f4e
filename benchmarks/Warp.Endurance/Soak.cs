using System.Diagnostics;
using System.Globalization;
using TorchSharp;

namespace Warp.Endurance;

/// <summary>A loop of many steps with everything on: checkpoints, metrics, evaluations. Memory and live tensors must not grow, and speed not fall.</summary>
internal static class Soak
{
    private const int Width = 32;
    private const int Layers = 2;

    public static async Task RunAsync(int steps)
    {
        var folder = Directory.CreateTempSubdirectory("warp-soak-");
        try
        {
            var samples = new List<Sample>(steps);
            var clock = Stopwatch.StartNew();
            using (var store = CheckpointStore.Open(folder.FullName))
            using (var metrics = new MetricsFile(Path.Combine(folder.FullName, "metrics.jsonl")))
            {
                var progress = new CombinedProgress<WarpProgress>(metrics, new Sampler(samples, clock));
                var options = new WarpOptions { Iterations = 1, Runs = 1, Steps = [steps], FrontEtas = [1], Reinforce = Workload.Options };
                using var sft = Workload.Policy(Width, Layers);
                using var result = await new WarpLoop(Workload.Catalog(Width, Layers), options) { Checkpoints = store }.RunAsync(sft.Weights, progress);
            }

            Report(samples, clock.Elapsed);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        await CompareParallelAsync();
    }

    private static void Report(List<Sample> samples, TimeSpan elapsed)
    {
        // The first tenth compiles, fills caches and lets the heap find its size.
        var settled = samples.Skip(samples.Count / 10).ToList();
        var tenth = samples.Count / 10;
        var (first, last) = (Rate(samples.Skip(tenth).Take(tenth)), Rate(samples.TakeLast(tenth)));
        Say($"{samples.Count} steps in {elapsed.TotalSeconds:0.0} s, with checkpoints, metrics and evaluations");
        Say($"resident memory: {settled[0].Memory / 1e6:0.0} MB → {settled[^1].Memory / 1e6:0.0} MB, slope {1000 * Slope(settled, s => s.Memory) / 1024:0.0} KiB per 1000 steps");
        // Steps beside a save see its copies too; the fewest are those of the loop alone.
        var (fewest, fewestAtEnd) = (samples.Skip(tenth).Take(tenth).Min(s => s.Tensors), samples.TakeLast(tenth).Min(s => s.Tensors));
        Say($"live tensors: {fewest} → {fewestAtEnd}, slope {1000 * Slope(settled, s => s.Tensors):0.000} per 1000 steps; {settled.Count(s => s.Tensors > fewest)} of {settled.Count} steps ran beside a save");
        Say($"throughput, median of steps: second tenth {first:0.0} steps/s, last tenth {last:0.0} steps/s ({100 * (last / first - 1):+0.0;-0.0} %)");
        var (firstCpu, lastCpu) = (Cpu(samples, tenth, 2 * tenth), Cpu(samples, samples.Count - tenth, samples.Count));
        Say($"processor time per step, all threads: second tenth {firstCpu:0.00} ms, last tenth {lastCpu:0.00} ms ({100 * (lastCpu / firstCpu - 1):+0.0;-0.0} %)");
    }

    private static async Task CompareParallelAsync()
    {
        var options = new WarpOptions { Iterations = 2, Runs = 3, Steps = [50], FrontEtas = [0, 1], Reinforce = Workload.Options };
        var hashes = new List<string>();
        foreach (var parallel in new[] { 1, 3 })
        {
            using var sft = Workload.Policy(Width, Layers);
            using var result = await new WarpLoop(Workload.Catalog(Width, Layers), options) { MaxParallelRuns = parallel }.RunAsync(sft.Weights);
            var file = Path.GetTempFileName();
            Safetensors.Save(file, result.Weights);
            hashes.Add(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(file))));
            File.Delete(file);
        }

        Say($"3 runs side by side and one after the other: {(hashes[0] == hashes[1] ? "the same bytes" : "DIFFERENT BYTES")} ({hashes[0][..12]}, {hashes[1][..12]})");
    }

    private static double Cpu(List<Sample> samples, int from, int to) => 1e3 * (samples[to - 1].Cpu - samples[from - 1].Cpu) / (to - from);

    private static double Rate(IEnumerable<Sample> samples)
    {
        var seconds = samples.Select(s => s.Seconds).Order().ToList();
        return 1 / seconds[seconds.Count / 2];
    }

    /// <summary>Least squares, per step.</summary>
    private static double Slope(List<Sample> samples, Func<Sample, double> of)
    {
        var (meanX, meanY) = (samples.Average(s => (double)s.Step), samples.Average(of));
        return samples.Sum(s => (s.Step - meanX) * (of(s) - meanY)) / samples.Sum(s => (s.Step - meanX) * (s.Step - meanX));
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private sealed record Sample(int Step, double Seconds, long Memory, long Tensors, double Cpu);

    private sealed class Sampler(List<Sample> samples, Stopwatch clock) : IProgress<WarpProgress>
    {
        private readonly Process _self = Process.GetCurrentProcess();
        private TimeSpan _last = clock.Elapsed;

        public void Report(WarpProgress value)
        {
            if (value.Step is not { } step)
                return;
            var now = clock.Elapsed;
            _self.Refresh();
            samples.Add(new(step.Step, (now - _last).TotalSeconds, _self.WorkingSet64, torch.Tensor.TotalCount, Environment.CpuUsage.TotalTime.TotalSeconds));
            _last = clock.Elapsed;
        }
    }
}
