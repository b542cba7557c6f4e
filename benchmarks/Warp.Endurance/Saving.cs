using System.Diagnostics;
using System.Globalization;

namespace Warp.Endurance;

/// <summary>What saving costs at the default interval, and how long a step waits for it beside a plain copy of as many bytes.</summary>
/// <remarks>A hundredth of a step is lost in the noise of steps, so it saves twenty times as often and divides.</remarks>
internal static class Saving
{
    private const int Repeats = 3;
    private const int Interval = 5;
    private const double SecondsPerMeasurement = 6;

    public static async Task RunAsync()
    {
        var usual = new CheckpointStoreOptions().Interval;
        Console.WriteLine($"| weights | saved MB | ms per step | ms per save | saving every {usual} steps costs | a step waits, ms | copy of as much, ms | handing over, ms |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|---:|");
        foreach (var (width, layers) in new[] { (32, 2), (128, 4), (384, 6) })
            await MeasureAsync(width, layers, usual);
    }

    private static async Task MeasureAsync(int width, int layers, int usual)
    {
        var (without, with, waits) = (new List<double>(), new List<double>(), new List<Wait>());
        await TrainStoredAsync(width, layers, 2 * Interval + 1, []); // compiles
        var steps = (int)Math.Max(4 * Interval + 1, SecondsPerMeasurement / await TrainAsync(width, layers, 10, states: null, waits));
        for (var i = 0; i < Repeats; i++)
        {
            without.Add(await TrainAsync(width, layers, steps, states: null, waits));
            with.Add(await TrainStoredAsync(width, layers, steps, waits));
        }

        using var policy = Workload.Policy(width, layers);
        var (step, save) = (without.Min(), Interval * (with.Min() - without.Min()));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {policy.Weights.TrainableCount / 1e6:0.00} M | {waits[0].Bytes / 1e6:0.0} | {1e3 * step:0.00} | {1e3 * save:0.00} | {100 * save / (usual * step):0.00} % | {Median(waits, w => w.Snapshot):0.00} | {Median(waits, w => w.Copy):0.00} | {Median(waits, w => w.HandOver):0.000} |"));
    }

    private static async Task<double> TrainStoredAsync(int width, int layers, int steps, List<Wait> waits)
    {
        var folder = Directory.CreateTempSubdirectory("warp-saving-");
        try
        {
            using var store = CheckpointStore.Open(folder.FullName, new CheckpointStoreOptions { Interval = Interval });
            return await TrainAsync(width, layers, steps, store.Run("run"), waits);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Seconds per step.</summary>
    private static async Task<double> TrainAsync(int width, int layers, int steps, IRunStateStore? states, List<Wait> waits)
    {
        using var policy = Workload.Policy(width, layers);
        using var anchor = new EmaAnchor(Workload.Policy(width, layers));
        var watched = states is null ? null : new Watched(states, waits);
        var trainer = new ReinforceTrainer(policy, anchor, Workload.Vowels, Workload.Prompts, Workload.Options with { Steps = steps }) { States = watched };
        var clock = Stopwatch.StartNew();
        await trainer.RunAsync(1, new Told(watched));
        return (clock.Elapsed - (watched?.Measuring ?? TimeSpan.Zero)).TotalSeconds / steps;
    }

    private static double Median(List<Wait> waits, Func<Wait, TimeSpan> of) => waits.Select(w => of(w).TotalMilliseconds).Order().ElementAt(waits.Count / 2);

    private sealed record Wait(TimeSpan Snapshot, TimeSpan Copy, TimeSpan HandOver, long Bytes);

    private sealed class Told(Watched? watched) : IProgress<ReinforceProgress>
    {
        public void Report(ReinforceProgress value) => watched?.Tick();
    }

    /// <summary>Between the report of a step and the call of Save lies the copy that the step waits for.</summary>
    private sealed class Watched(IRunStateStore inner, List<Wait> waits) : IRunStateStore
    {
        private long _told;

        public TimeSpan Measuring { get; private set; }

        public int Interval => inner.Interval;

        public void Tick() => _told = Stopwatch.GetTimestamp();

        public RunState? Load() => inner.Load();

        public void Save(RunState state)
        {
            var snapshot = Stopwatch.GetElapsedTime(_told);
            var began = Stopwatch.GetTimestamp();
            using (state.Tensors.Clone())
            {
            }

            var copy = Stopwatch.GetElapsedTime(began);
            var bytes = state.Tensors.Sum(t => t.Tensor.NumberOfElements * t.Tensor.ElementSize);
            Measuring += Stopwatch.GetElapsedTime(began);
            began = Stopwatch.GetTimestamp();
            inner.Save(state);
            waits.Add(new(snapshot, copy, Stopwatch.GetElapsedTime(began), bytes));
        }
    }
}
