using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Warp;

/// <summary>The files that make a model of the weights: config, generation settings, tokenizer, chat templates, licence.</summary>
internal static class CompanionFiles
{
    private const long MaxBytes = 1L << 30; // The largest tokenizers have tens of megabytes.

    private static readonly string[] Names =
    [
        CheckpointFolder.ConfigFile, "generation_config.json", "tokenizer.model", "special_tokens_map.json", "added_tokens.json", "vocab.json", "vocab.txt",
        "merges.txt", "spiece.model", "sentencepiece.bpe.model", "preprocessor_config.json",
    ];

    // The terms under which a model may be passed on go with it.
    private static readonly string[] Terms = ["LICENSE", "LICENCE", "NOTICE", "USE_POLICY"];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static bool IsCompanion(string name) =>
        Names.Contains(name, StringComparer.Ordinal)
        || (name.StartsWith("tokenizer", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal))
        || name.StartsWith("chat_template", StringComparison.Ordinal)
        || name.EndsWith(".jinja", StringComparison.Ordinal)
        || Terms.Any(t => name.StartsWith(t, StringComparison.Ordinal));

    /// <summary>Copies what there is, and returns the names.</summary>
    /// <exception cref="SafetensorsException">One of them is a link that leads out of the folder, or is too large to be what its name says.</exception>
    internal static IReadOnlyList<string> Copy(string from, string to, string? configType, bool skipConfig = false)
    {
        var names = Directory.EnumerateFiles(from).Select(f => Path.GetFileName(f)!).Where(n => IsCompanion(n) && !(skipConfig && n == CheckpointFolder.ConfigFile)).Order(StringComparer.Ordinal).ToList();
        foreach (var name in names)
        {
            if (CheckpointFolder.Resolve(from, name) is not { } source)
                throw new SafetensorsException("it is a link to a file that does not exist.", Path.Combine(from, name), tensor: null);
            var target = Path.Combine(to, name);
            if (name == CheckpointFolder.ConfigFile)
            {
                var bytes = BoundedFile.Read(source, CheckpointConfig.MaxBytes, Path.Combine(from, name));
                Write(target, configType is null ? bytes : WithType(bytes, configType));
            }
            else
            {
                Write(target, stream => BoundedFile.Copy(source, stream, MaxBytes, Path.Combine(from, name)));
            }
        }

        return names;
    }

    /// <summary>Writes a new file and flushes it to disk.</summary>
    internal static void Write(string path, byte[] bytes) => Write(path, stream => stream.Write(bytes));

    /// <summary>Writes a new file and flushes it to disk.</summary>
    internal static void Write(string path, Action<Stream> write)
    {
        using var stream = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    private static byte[] WithType(byte[] config, string type)
    {
        try
        {
            if (JsonNode.Parse(config) is not JsonObject root)
                return config;
            var (found, changed) = (false, false);
            foreach (var key in new[] { "torch_dtype", "dtype" })
            {
                if (root[key] is not JsonValue value || value.GetValueKind() != JsonValueKind.String)
                    continue;
                found = true;
                if (value.GetValue<string>() != type)
                {
                    root[key] = type;
                    changed = true;
                }
            }

            // A nested config says it itself; a flat one that says nothing would be read as float32.
            if (!found && !root.ContainsKey("text_config"))
            {
                root["torch_dtype"] = type;
                changed = true;
            }

            return changed ? System.Text.Encoding.UTF8.GetBytes(root.ToJsonString(Indented) + "\n") : config;
        }
        catch (Exception failure) when (failure is JsonException or ArgumentException or InvalidOperationException)
        {
            return config; // Not JSON by the book, and not ours to repair.
        }
    }
}
