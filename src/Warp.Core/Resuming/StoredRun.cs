using System.Text.Json;

namespace Warp;

/// <summary>The state of one run in a store.</summary>
internal sealed class StoredRun(CheckpointStore store, string name, int interval, Action<StoreBatch>? also = null) : IRunStateStore
{
    private readonly string _progress = $"{name}/progress";
    private readonly string _tensors = $"{name}/tensors";

    public int Interval => interval;

    public RunState? Load()
    {
        if (!store.TryGet<JsonElement>(_progress, out var progress) || store.Tensors(_tensors) is not { } tensors)
            return null;
        return new RunState(progress.GetProperty("step").GetInt32(), progress.GetRawText(), tensors);
    }

    public void Save(RunState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        var batch = new StoreBatch($"{name}, step {state.Step}") { Key = name, Score = state.Progress?.Score }
            .Set(_progress, state.Progress ?? (object)JsonSerializer.Deserialize<JsonElement>(state.Data))
            .Set(_tensors, state.Tensors);
        also?.Invoke(batch);
        store.Save(batch);
    }
}
