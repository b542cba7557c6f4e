using System.Diagnostics;
using System.Text.Json;

namespace Warp;

/// <summary>Changes that become visible together, by one manifest. It owns the weights in it.</summary>
internal sealed class StoreBatch(string @event) : IDisposable
{
    // Longer values have files of their own, so that a manifest stays small and is not written again with each of them.
    private const int LongestInline = 4096;

    private readonly List<(string Name, object? Value)> _changes = [];
    private readonly List<string> _removed = [];

    /// <summary>What was just done, in words.</summary>
    internal string Event { get; } = @event;

    /// <summary>A batch that has not been written yet gives way to a later one with the same key; null for never.</summary>
    internal string? Key { get; init; }

    internal bool EndsIteration { get; init; }

    internal double? Score { get; init; }

    /// <summary>The values that are set, by name.</summary>
    internal IEnumerable<(string Name, object? Value)> Changes => _changes;

    /// <summary>The names that go, with all beneath them.</summary>
    internal IEnumerable<string> Removed => _removed;

    /// <summary>Where a span of the saving belongs.</summary>
    internal ActivityContext Cause { get; } = Activity.Current?.Context ?? default;

    /// <summary>Whether a name is another, or lies beneath it.</summary>
    internal static bool IsWithin(string name, string other) => name == other || name.StartsWith($"{other}/", StringComparison.Ordinal);

    /// <summary>Sets a value; weights are taken over and need to be in main memory.</summary>
    internal StoreBatch Set(string name, object? value)
    {
        _changes.Add((name, value));
        return this;
    }

    /// <summary>Removes what has the name, and what lies beneath it (<c>name/…</c>).</summary>
    internal StoreBatch RemoveAll(string name)
    {
        _removed.Add(name);
        return this;
    }

    /// <summary>Writes the contents and changes the entries.</summary>
    internal void Apply(StoreFiles files, SortedDictionary<string, StoreEntry> entries)
    {
        foreach (var name in entries.Keys.Where(n => _removed.Exists(r => IsWithin(n, r))).ToList())
            entries.Remove(name);
        foreach (var (name, value) in _changes)
            entries[name] = value is ParameterSet weights ? files.Write(".safetensors", sink => Safetensors.Write(weights, sink)) : Written(files, value);
    }

    public void Dispose()
    {
        foreach (var weights in _changes.Select(c => c.Value).OfType<ParameterSet>())
            weights.Dispose();
    }

    private static StoreEntry Written(StoreFiles files, object? value)
    {
        // What holds all steps of a run is long, and goes to the file as it is written: buffers of megabytes would grow with the run.
        if (value is RunProgress or ReinforceReport or IterationReport)
        {
            return files.Write(".json", sink =>
            {
                using var stream = new SinkStream(sink);
                JsonSerializer.Serialize(stream, value, value.GetType(), StoreJson.Compact);
            });
        }

        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, StoreJson.Compact);
        return bytes.Length <= LongestInline
            ? new StoreEntry { Value = JsonSerializer.Deserialize<JsonElement>(bytes) }
            : files.Write(".json", sink => sink(bytes));
    }
}
