using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Warp;

/// <summary>Settings as names and values, one line each, so that two lists can be compared in words.</summary>
internal static class SettingsList
{
    private const int ShownDigits = 16;

    private static readonly JsonSerializerOptions Format = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>All properties of an object, the nested ones under <c>Outer.Inner</c>.</summary>
    internal static IEnumerable<KeyValuePair<string, string>> Of(object settings) => Flatten("", JsonSerializer.SerializeToElement(settings, Format));

    /// <summary>What the results of a loop depend on.</summary>
    internal static SortedDictionary<string, string> Of(WarpOptions options, IMerger merger, PartCatalog catalog, ParameterSet start)
    {
        // The schedule is Steps; that of the runs is moot.
        var settings = new SortedDictionary<string, string>(
            Of(options).Where(s => !s.Key.EndsWith($"{nameof(WarpOptions.Reinforce)}.{nameof(ReinforceOptions.Steps)}", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal),
            StringComparer.Ordinal)
        {
            ["Merger"] = $"\"{merger.GetType().Name}\"",
            ["θ_sft"] = $"\"{Fingerprint(start)}\"",
        };
        foreach (var (name, value) in merger is IMergeSettings { Options: var merge } ? Of(Described(merge)) : [])
            settings[$"Merger.{name}"] = value;
        var parts = options.Variants.Select(v => v.Parts).OfType<RunParts>().Prepend(options.Parts).SelectMany(p => new[] { p.Prompts, p.HeldOutPrompts });
        foreach (var name in parts.Distinct(StringComparer.Ordinal))
            settings[$"the prompts '{name}'"] = $"\"{Fingerprint(catalog.Prompts(name))}\"";
        return settings;
    }

    internal static string Hash(IEnumerable<KeyValuePair<string, string>> settings) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', settings.Select(s => $"{s.Key}={s.Value}")))));

    /// <summary>Whether a setting has a name or lies within it: <c>Reinforce.LearningRate</c> within <c>Reinforce</c>.</summary>
    internal static bool IsWithin(string setting, string name) =>
        setting == name || setting.StartsWith($"{name}.", StringComparison.Ordinal) || setting.StartsWith($"{name}[", StringComparison.Ordinal);

    internal static IReadOnlyList<SettingDifference> Differences(
        SortedDictionary<string, string> saved, SortedDictionary<string, string> now) =>
    [
        .. saved.Keys.Union(now.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(name => new SettingDifference(name, saved.GetValueOrDefault(name), now.GetValueOrDefault(name)))
            .Where(d => d.Saved != d.Now),
    ];

    /// <summary>A hash of names, shapes, types and values.</summary>
    internal static string Fingerprint(ParameterSet weights)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var entry in weights)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{entry}{string.Join(',', entry.Aliases)}\n"));
            TensorBytes.VisitCopy(entry.Tensor, (bytes, _) => hash.AppendData(bytes));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..ShownDigits];
    }

    private static string Fingerprint(IReadOnlyList<Prompt> prompts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var prompt in prompts)
            hash.AppendData(Encoding.UTF8.GetBytes($"{prompt.Text}\n{string.Join(',', prompt.TokenIds)}\n"));
        return string.Create(CultureInfo.InvariantCulture, $"{prompts.Count} prompts, {Convert.ToHexStringLower(hash.GetHashAndReset())[..ShownDigits]}");
    }

    private static object Described(MergeOptions options) => new
    {
        options.Granularity,
        options.Lambda,
        options.Eta,
        OutputType = options.OutputType?.ToString(),
        GroupOf = options.GroupOf is null ? "default" : "custom",
    };

    private static IEnumerable<KeyValuePair<string, string>> Flatten(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
            return value.EnumerateObject().SelectMany(p => Flatten(name.Length == 0 ? p.Name : $"{name}.{p.Name}", p.Value));
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(e => e.ValueKind == JsonValueKind.Object))
            return value.EnumerateArray().SelectMany((e, i) => Flatten($"{name}[{i}]", e));
        return [KeyValuePair.Create(name, value.GetRawText())];
    }
}
