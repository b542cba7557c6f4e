namespace Warp.Snippets;

internal static class ResumableLoop
{
    public static async Task RunAsync(PartCatalog catalog, WarpOptions options, ParameterSet sft, string folder, CancellationToken cancellationToken)
    {
        using var store = CheckpointStore.Open(Path.Combine(folder, "checkpoint")); // goes on from what it finds there
        using var metrics = new MetricsFile(Path.Combine(folder, "metrics.jsonl"));
        var progress = new CombinedProgress<WarpProgress>(metrics, new TensorBoardEvents(Path.Combine(folder, "runs")));
        var loop = new WarpLoop(catalog, options) { Checkpoints = store };
        using var result = await loop.RunAsync(sft, progress, cancellationToken);
        Safetensors.Save(Path.Combine(folder, "warp.safetensors"), result.Weights);
    }
}
