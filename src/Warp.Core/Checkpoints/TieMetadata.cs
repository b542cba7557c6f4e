namespace Warp;

/// <summary>Ties in a file: the tensor is stored once, and the metadata say alias → name, as Hugging Face's <c>save_model</c> writes them.</summary>
internal static class TieMetadata
{
    private const string Format = "format";

    /// <summary>The caller's metadata with the ties and the format added.</summary>
    internal static Dictionary<string, string> Join(ParameterSet weights, IReadOnlyDictionary<string, string>? metadata)
    {
        var joined = new Dictionary<string, string>(StringComparer.Ordinal) { [Format] = "pt" };
        var ties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in weights)
        {
            foreach (var alias in entry.Aliases)
                ties.Add(alias, entry.Name);
        }

        if (ties.TryGetValue(Format, out var tied))
            throw new ArgumentException($"A tensor tied to '{tied}' is called '{Format}', which the metadata use for the file's format; rename it.", nameof(weights));
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            if (value is null)
                throw new ArgumentException($"The metadata entry '{key}' is null; give a text.", nameof(metadata));
            if (ties.TryGetValue(key, out tied) ? tied != value : IsTie(key, value, name => weights.TryGet(name, out var tensor) && tensor.Name == name))
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

    /// <summary>The aliases of each stored tensor.</summary>
    internal static ILookup<string, string> Aliases(IEnumerable<string> names, IReadOnlyDictionary<string, string> metadata)
    {
        var stored = names.ToHashSet(StringComparer.Ordinal);
        return metadata
            .Where(m => IsTie(m.Key, m.Value, stored.Contains))
            .OrderBy(m => m.Key, StringComparer.Ordinal)
            .ToLookup(m => m.Value, m => m.Key, StringComparer.Ordinal);
    }

    private static bool IsTie(string key, string value, Func<string, bool> isStored) =>
        key != Format && !string.IsNullOrWhiteSpace(key) && isStored(value) && !isStored(key);
}
