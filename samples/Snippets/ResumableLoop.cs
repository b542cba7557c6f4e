using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Warp.Snippets;

internal static class ResumableLoop
{
    public static async Task RunAsync(PartCatalog catalog, WarpOptions options, ParameterSet sft, string folder, ILogger logger)
    {
        using var stop = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true; // the process goes on until the loop has saved
            stop.Cancel();
        }

        using var store = CheckpointStore.Open(Path.Combine(folder, "checkpoint"), logger: logger); // goes on from what it finds there
        using var metrics = new MetricsFile(Path.Combine(folder, "metrics.jsonl"));
        var progress = new CombinedProgress<WarpProgress>(metrics, new TensorBoardEvents(Path.Combine(folder, "runs")));
        var loop = new WarpLoop(catalog, options) { Checkpoints = store, Logger = logger };
        using var result = await loop.RunAsync(sft, progress, stop.Token);
        Safetensors.Save(Path.Combine(folder, "warp.safetensors"), result.Weights);
    }
}
