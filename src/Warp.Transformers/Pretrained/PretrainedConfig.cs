using System.Text.Json;

namespace Warp.Transformers;

/// <summary>A <c>config.json</c> and what it means.</summary>
/// <param name="Decoder">The architecture and the shape.</param>
/// <param name="File">The file as it is.</param>
internal sealed record PretrainedConfig(DecoderConfig Decoder, JsonElement File)
{
    internal const string FileName = "config.json";

    private const int MaxBytes = 1 << 24;

    /// <summary>Reads the file of a folder.</summary>
    internal static PretrainedConfig Read(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        if (System.IO.File.Exists(folder))
            throw new PretrainedModelException(folder, [$"it is a file; give the folder that has {FileName} and the weights"]);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'; give one with {FileName} and model.safetensors, as Hugging Face's save_pretrained writes it.");
        var path = Path.Combine(folder, FileName);
        return Parse(ReadText(path) ?? throw new FileNotFoundException(
            $"'{folder}' has no {FileName}, which says what the model is; give a folder as Hugging Face's save_pretrained writes it.", path), path);
    }

    /// <summary>Reads a small text file; null if it does not exist.</summary>
    internal static string? ReadText(string path)
    {
        if (!System.IO.File.Exists(path))
            return null;
        var file = new FileInfo(path);
        var length = (file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file).Length;
        if (length > MaxBytes)
            throw new PretrainedModelException(path, [$"it has {length} bytes; at most {MaxBytes} are read"]);
        // A pipe and a device have no length; opening the one waits for its other end, and reading the other may never end.
        return length == 0 ? "" : System.IO.File.ReadAllText(path);
    }

    /// <param name="json">The text.</param>
    /// <param name="path">What messages call the file.</param>
    internal static PretrainedConfig Parse(string json, string path)
    {
        var file = Json(json, path);
        var problems = new List<string>();
        var reader = new ConfigReader(file, problems);
        var architecture = Recognise(reader, file, problems);
        if (architecture is null)
            throw new PretrainedModelException(path, problems);

        reader.RefuseTrue("is_encoder_decoder", "a model with an encoder");
        if (reader.IsGiven("quantization_config"))
            problems.Add("quantization_config is given; quantised weights are not implemented. Use the model as it was before quantisation");
        var config = architecture.Read(reader);
        problems.AddRange(LayerTypeProblems(config, architecture, file));
        if (problems.Count == 0)
            problems.AddRange(config.Problems());
        return problems.Count == 0 ? new(config, file) : throw new PretrainedModelException(path, problems);
    }

    /// <summary>An object of a JSON text.</summary>
    internal static JsonElement Json(string json, string path)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw new PretrainedModelException(path, [$"it is {document.RootElement.ValueKind}; it must be a JSON object"]);
            ReadTexts(document.RootElement);
            return document.RootElement.Clone();
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new PretrainedModelException($"'{path}' is not JSON: {failure.Message}", failure);
        }
    }

    /// <summary>Reads every text once: half of a surrogate pair passes the parser and fails only where the text is asked for.</summary>
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadTexts(property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    ReadTexts(item);
                break;
            case JsonValueKind.String:
                _ = element.GetString();
                break;
        }
    }

    private static Architecture? Recognise(ConfigReader reader, JsonElement file, List<string> problems)
    {
        var known = string.Join(", ", DecoderConfig.KnownModelTypes);
        if (reader.TextOrNull("model_type") is { } modelType)
        {
            var found = KnownArchitectures.Find(modelType);
            if (found is null)
                problems.Add($"model_type is '{modelType}', which is not implemented; known are {known}");
            return found;
        }

        string?[] classes = file.TryGetProperty("architectures", out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(c => c.ValueKind == JsonValueKind.String ? c.GetString() : null)]
            : [];
        var byClass = KnownArchitectures.All.FirstOrDefault(a => classes.Contains(a.ClassName, StringComparer.Ordinal));
        if (byClass is null && problems.Count == 0)
        {
            problems.Add(classes.Length == 0
                ? $"it names no model_type, so the architecture is not known; give one of {known}"
                : $"architectures is [{string.Join(", ", classes)}], which is not implemented; known are {string.Join(", ", KnownArchitectures.All.Select(a => a.ClassName))}");
        }

        return byClass;
    }

    /// <summary>Later versions of transformers list what each block sees; the list must say what the other settings say.</summary>
    private static IEnumerable<string> LayerTypeProblems(DecoderConfig config, Architecture architecture, JsonElement file)
    {
        if (!file.TryGetProperty("layer_types", out var types) || types.ValueKind == JsonValueKind.Null || config.Layers is < 1 or > short.MaxValue)
            yield break;
        string[] expected = [.. Enumerable.Range(0, config.Layers).Select(
            layer => config.SlidingWindow is not null && architecture.Slides(config, layer) ? "sliding_attention" : "full_attention")];
        if (types.ValueKind != JsonValueKind.Array || !types.EnumerateArray().Select(t => t.ToString()).SequenceEqual(expected, StringComparer.Ordinal))
        {
            var text = types.GetRawText();
            yield return $"layer_types is {(text.Length <= 200 ? text : $"{text.AsSpan(0, 200)}…")}; of {config.ModelType} with these settings only "
                + $"[{string.Join(", ", expected.Take(8))}{(expected.Length > 8 ? ", …" : "")}] is implemented";
        }
    }
}
