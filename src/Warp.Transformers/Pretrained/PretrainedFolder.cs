using System.Reflection;
using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Writes weights as a folder that Hugging Face's transformers read back.</summary>
internal static class PretrainedFolder
{
    /// <param name="folder">The folder to write.</param>
    /// <param name="model">The weights of the model itself: names, shapes and ties.</param>
    /// <param name="weights">The values to write.</param>
    /// <param name="configText">The <c>config.json</c> for a type of weights; null: the source's with that type.</param>
    /// <param name="source">The folder that the model came from, whose other files are copied; null: there are none.</param>
    /// <param name="options">The settings.</param>
    internal static void Save(
        string folder, ParameterSet model, ParameterSet weights, Func<string, string?> configText, string? source, SavePretrainedOptions options)
    {
        if (!ReferenceEquals(model, weights))
            RefuseOthers(model, weights);
        if (source is not null && !Directory.Exists(source))
            throw new DirectoryNotFoundException($"There is no folder '{source}', whose configuration and tokenizer files are to be copied (the one that the model was loaded from, unless another was given); put it back, or load the model from where it is now.");
        CheckpointTensor[] tensors = [.. model.Select(t => PretrainedWeights.Describe(t, NameOf(weights[t.Name].Tensor, options.Type).InFile))];
        var mainType = NameOf(weights[model.MaxBy(t => t.Tensor.numel())!.Name].Tensor, options.Type).InConfig;
        // Before the folder is touched: what cannot be said must not leave anything behind.
        var config = configText(mainType);
        using var writer = CheckpointWriter.CreateFolder(
            folder, tensors, new() { MaxShardBytes = options.MaxShardBytes, Overwrite = options.Overwrite, CompanionsFrom = source, ConfigType = mainType, ConfigText = config });
        if (options.Readme is not null)
            writer.AddText("README.md", options.Readme);
        using var noGradient = no_grad();
        foreach (var tensor in model)
        {
            using var scope = NewDisposeScope();
            var value = weights[tensor.Name].Tensor.detach();
            writer.Write(tensor.Name, options.Type is { } type ? value.to(type) : value);
        }

        writer.Complete();
    }

    /// <summary>A <c>config.json</c> for a model that was made here.</summary>
    internal static string ConfigText(DecoderConfig config, ITokenizer tokenizer, string type)
    {
        var architecture = KnownArchitectures.Of(config);
        var file = new ConfigWriter()
            .Add("architectures", new JsonArray(architecture.ClassName))
            .Add("model_type", architecture.ModelType)
            .Add("torch_dtype", type);
        architecture.Write(config, file);
        var ends = tokenizer.EndTokenIds;
        file.Add("bos_token_id", tokenizer.StartTokenId)
            .Add("eos_token_id", ends.Count switch { 0 => (JsonNode?)null, 1 => ends[0], _ => new JsonArray([.. ends.Select(id => JsonValue.Create(id))]) })
            .Add("pad_token_id", tokenizer.PadTokenId);
        var text = file.ToString();
        RefuseUnsaid(config, PretrainedConfig.Parse(text, PretrainedConfig.FileName).Decoder);
        return text;
    }

    /// <summary>Refuses a configuration that reading the file again would not give.</summary>
    private static void RefuseUnsaid(DecoderConfig config, DecoderConfig read)
    {
        string[] unsaid =
        [
            .. from property in typeof(DecoderConfig).GetProperties(BindingFlags.Public | BindingFlags.Instance)
               where !Equals(property.GetValue(config), property.GetValue(read))
               select $"{property.Name} is {property.GetValue(config) ?? "null"}, for which the config.json of {config.ModelType} has no word: it would be read as {property.GetValue(read) ?? "null"}",
        ];
        if (unsaid.Length > 0)
            throw new OptionsException(nameof(DecoderConfig), unsaid);
    }

    private static void RefuseOthers(ParameterSet model, ParameterSet weights)
    {
        string Shape(NamedTensor tensor) => $"[{string.Join(", ", tensor.Tensor.shape)}]";
        var differences = new List<string>();
        foreach (var tensor in model)
        {
            if (!weights.TryGet(tensor.Name, out var other))
                differences.Add($"'{tensor.Name}' is in the policy but not in the weights");
            else if (!tensor.Tensor.shape.SequenceEqual(other.Tensor.shape))
                differences.Add($"'{tensor.Name}' is {Shape(tensor)} in the policy but {Shape(other)} in the weights");
            else if (!tensor.Aliases.Prepend(tensor.Name).Order(StringComparer.Ordinal).SequenceEqual(other.Aliases.Prepend(other.Name).Order(StringComparer.Ordinal), StringComparer.Ordinal))
                differences.Add($"'{tensor.Name}' is tied as [{string.Join(", ", tensor.Aliases)}] in the policy but as [{string.Join(", ", other.Aliases)}] in the weights");
        }

        differences.AddRange(weights.Where(t => !model.TryGet(t.Name, out _)).Select(t => $"'{t.Name}' is in the weights but not in the policy"));
        if (differences.Count > 0)
            throw new ParameterMismatchException(differences);
    }

    private static (string InFile, string InConfig) NameOf(Tensor tensor, ScalarType? chosen) => (chosen ?? tensor.dtype) switch
    {
        ScalarType.Float32 => ("F32", "float32"),
        ScalarType.BFloat16 => ("BF16", "bfloat16"),
        ScalarType.Float16 => ("F16", "float16"),
        ScalarType.Float64 => ("F64", "float64"),
        var other => throw new ArgumentException($"The weights are {other}; they may be Float32, BFloat16, Float16 or Float64."),
    };
}
