using System.Text.Json;

namespace Warp;

/// <summary>One checkpoint: what there is, and in which files. The file's name holds the hash of its bytes, so it is whole or it is not one.</summary>
internal sealed record StoreManifest
{
    internal const string FormatName = "warp-checkpoint";
    internal const int FormatVersion = 1;

    public required string Format { get; init; }

    public required int Version { get; init; }

    /// <summary>Counts the checkpoints of the folder, from 1.</summary>
    public required int Number { get; init; }

    public required DateTimeOffset Written { get; init; }

    /// <summary>What was just done, in words.</summary>
    public required string Event { get; init; }

    /// <summary>Whether it ends an iteration.</summary>
    public bool EndsIteration { get; init; }

    /// <summary>The held-out reward of the evaluation at which it was made; null if there was none.</summary>
    public double? Score { get; init; }

    public required SortedDictionary<string, string> Versions { get; init; }

    /// <summary>SHA-256 of the settings.</summary>
    public required string SettingsHash { get; init; }

    public required SortedDictionary<string, string> Settings { get; init; }

    public required SortedDictionary<string, StoreEntry> Entries { get; init; }

    internal IEnumerable<StoreEntry> Files => Entries.Values.Where(e => e.File is not null);
}

/// <summary>A value of a checkpoint: in the manifest itself, or in a file named by the hash of its bytes.</summary>
internal sealed record StoreEntry
{
    public string? File { get; init; }

    public long? Bytes { get; init; }

    public JsonElement? Value { get; init; }
}
