namespace Warp;

/// <summary>Ties in a file: the tensor is stored once, and the metadata say alias → name, as Hugging Face's <c>save_model</c> writes them.</summary>
internal static class TieMetadata
{
    private const string Format = "format";

    /// <summary>The caller's metadata with the ties and the format added.</summary>
    internal static Dictionary<string, string> Join(IReadOnlyList<CheckpointTensor> weights, IReadOnlyDictionary<string, string>? metadata)
    {
        var joined = new Dictionary<string, string>(StringComparer.Ordinal) { [Format] = "pt" };
        var stored = weights.Select(t => t.Name).ToHashSet(StringComparer.Ordinal);
        var ties = Ties(weights);
        if (ties.TryGetValue(Format, out var tied))
            throw new ArgumentException($"A tensor tied to '{tied}' is called '{Format}', which the metadata use for the file's format; rename it.", nameof(weights));
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            if (value is null)
                throw new ArgumentException($"The metadata entry '{key}' is null; give a text.", nameof(metadata));
            if (ties.TryGetValue(key, out tied) ? tied != value : IsTie(key, value, stored.Contains))
            {
                throw new ArgumentException(
                    $"The metadata entry '{key}' → '{value}' would be read as a tie, which these weights do not have; choose another key or value.", nameof(metadata));
            }

            joined[key] = value;
        }

        foreach (var (alias, name) in ties)
            joined[alias] = name;
        return joined;
    }

    /// <summary>Of joined metadata, what the header of one shard says: all but the ties of tensors in other shards.</summary>
    internal static IReadOnlyDictionary<string, string> Of(IReadOnlyList<CheckpointTensor> shard, IReadOnlyList<CheckpointTensor> all, Dictionary<string, string> joined)
    {
        if (shard.Count == all.Count)
            return joined;
        var (here, ties) = (Ties(shard), Ties(all));
        return joined.Where(m => !ties.ContainsKey(m.Key) || here.ContainsKey(m.Key)).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>The aliases of each stored tensor.</summary>
    internal static ILookup<string, string> Aliases(IEnumerable<string> names, IReadOnlyDictionary<string, string> metadata)
    {
        // Usually there is nothing but the format.
        var stored = metadata.Keys.All(key => key == Format) ? [] : names.ToHashSet(StringComparer.Ordinal);
        return metadata
            .Where(m => IsTie(m.Key, m.Value, stored.Contains))
            .OrderBy(m => m.Key, StringComparer.Ordinal)
            .ToLookup(m => m.Value, m => m.Key, StringComparer.Ordinal);
    }

    private static Dictionary<string, string> Ties(IEnumerable<CheckpointTensor> tensors) =>
        tensors.SelectMany(t => t.Aliases.Select(alias => KeyValuePair.Create(alias, t.Name))).ToDictionary(StringComparer.Ordinal);

    private static bool IsTie(string key, string value, Func<string, bool> isStored) =>
        key != Format && key.Length <= SafetensorsEntry.MaxNameLength && !string.IsNullOrWhiteSpace(key) && isStored(value) && !isStored(key);
}
