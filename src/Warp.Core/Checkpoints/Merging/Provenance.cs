using System.Globalization;

namespace Warp;

/// <summary>How a result was made and of what: as a model card for a folder, as metadata for a file.</summary>
internal sealed class Provenance
{
    private const string Prefix = "warp.";
    private const string Snapshots = "snapshots";
    private const string HubPrefix = "models--";

    /// <summary>Stands for a hash until it is known; as long as one.</summary>
    private static readonly string Unknown = new('0', 64);

    internal required MergeInputs Inputs { get; init; }

    /// <summary>What each input was: <c>init</c>, <c>policy 1</c> …</summary>
    internal required IReadOnlyList<string> Roles { get; init; }

    internal required string Method { get; init; }

    internal double? Lambda { get; init; }

    internal double? Eta { get; init; }

    internal string? Granularity { get; init; }

    internal string? TypeName { get; init; }

    /// <summary>Hashes that are not known yet, with the names of the files.</summary>
    internal IReadOnlyList<IReadOnlyList<KeyValuePair<string, string>>> UnknownHashes =>
        [.. Inputs.Checkpoints.Select(c => c.Files.Select(f => KeyValuePair.Create(Path.GetFileName(f), Unknown)).ToList())];

    /// <summary>The metadata of θ_init without the facts of an earlier merge.</summary>
    internal Dictionary<string, string> Carried() =>
        Inputs.Init.Metadata.Where(m => !m.Key.StartsWith(Prefix, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);

    /// <summary>The metadata of θ_init with these facts in place of those of an earlier merge.</summary>
    internal Dictionary<string, string> Metadata(IReadOnlyList<IReadOnlyList<KeyValuePair<string, string>>> hashes)
    {
        var metadata = Carried();
        foreach (var (key, value) in Facts(hashes))
        {
            // A value that is a tensor's name would be read as a tie.
            if (value is not null && !Inputs.Init.TryGet(value, out _))
                metadata[Prefix + key] = value;
        }

        return metadata;
    }

    internal ModelCard Card(string title, IReadOnlyList<IReadOnlyList<KeyValuePair<string, string>>> hashes) => new()
    {
        Title = title,
        Method = Method,
        Lambda = Lambda,
        Eta = Eta,
        Granularity = Granularity,
        TypeName = TypeName,
        Sources = [.. Roles.Select((role, k) => Source(role, Inputs.Checkpoints[k].Path, hashes[k]))],
        Details = Recursion is { } recursion ? [KeyValuePair.Create("λ", recursion)] : [],
    };

    private string? Recursion => Roles.Count > 3 ? "1/m for policy m" : null;

    /// <summary>A name for readers elsewhere: the hub's, if the path is in its cache, else that of the file or folder.</summary>
    internal static string NameOf(string path) => HubNameOf(path) ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    // A model of the hub's cache may have no owner: "gpt2".
    private static ModelCardSource Source(string role, string path, IReadOnlyList<KeyValuePair<string, string>> hashes) =>
        new(role, NameOf(path), hashes) { IsModelId = HubNameOf(path) is not null };

    private static string? HubNameOf(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        var parts = full.Split(Path.DirectorySeparatorChar);
        var snapshots = Array.LastIndexOf(parts, Snapshots);
        return snapshots > 0 && parts[snapshots - 1].StartsWith(HubPrefix, StringComparison.Ordinal)
            ? parts[snapshots - 1][HubPrefix.Length..].Replace("--", "/", StringComparison.Ordinal)
            : null;
    }

    private IEnumerable<KeyValuePair<string, string?>> Facts(IReadOnlyList<IReadOnlyList<KeyValuePair<string, string>>> hashes)
    {
        yield return KeyValuePair.Create<string, string?>("method", Method);
        yield return KeyValuePair.Create("lambda", Number(Lambda) ?? Recursion);
        yield return KeyValuePair.Create("eta", Number(Eta));
        yield return KeyValuePair.Create("granularity", Granularity);
        yield return KeyValuePair.Create("dtype", TypeName);
        for (var k = 0; k < Roles.Count; k++)
        {
            var role = Roles[k].Replace(' ', '.');
            yield return KeyValuePair.Create<string, string?>(role, NameOf(Inputs.Checkpoints[k].Path));
            yield return KeyValuePair.Create<string, string?>(
                $"{role}.sha256", hashes[k].Count == 1 ? hashes[k][0].Value : string.Join(' ', hashes[k].Select(h => $"{h.Key}={h.Value}")));
        }
    }

    private static string? Number(double? value) => value?.ToString("R", CultureInfo.InvariantCulture);
}
