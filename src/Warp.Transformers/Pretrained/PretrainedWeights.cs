using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Brings the tensors of a checkpoint into a decoder.</summary>
internal static class PretrainedWeights
{
    // A matrix that is both larger than this and much larger than the whole checkpoint is not worth trying to allocate.
    private const long LargeMatrix = 1L << 28;
    private const int MuchLarger = 16;

    /// <summary>Makes a decoder of a folder's weights.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="device">Where the weights shall lie; null: the CPU.</param>
    /// <param name="type">Their type; null: the one stored.</param>
    internal static Decoder Load(string folder, PretrainedConfig config, Device? device, ScalarType? type) =>
        Load(folder, config, device, type, decoder => decoder);

    /// <summary>Makes a module around a decoder of a folder's weights.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="device">Where the weights shall lie; null: the CPU.</param>
    /// <param name="type">Their type; null: the one stored.</param>
    /// <param name="wrap">Makes the module whose weights are those of the folder; it takes the decoder over.</param>
    internal static T Load<T>(string folder, PretrainedConfig config, Device? device, ScalarType? type, Func<Decoder, T> wrap)
        where T : nn.Module
    {
        using var checkpoint = Checkpoint.Open(folder);
        RefuseAbsurd(config.Decoder, checkpoint);
        var decoder = new Decoder(config.Decoder, type ?? StoredType(checkpoint, config), device);
        T? module = null;
        try
        {
            module = wrap(decoder);
            Fill(module, checkpoint);
            return module;
        }
        catch
        {
            ((nn.Module?)module ?? decoder).Dispose();
            throw;
        }
    }

    /// <summary>What a tensor of the model is called, with its shape and ties.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="type">Its type in the file.</param>
    internal static CheckpointTensor Describe(NamedTensor tensor, string type) => new(tensor.Name, type, tensor.Tensor.shape, aliases: tensor.Aliases);

    private static void Fill(nn.Module module, Checkpoint checkpoint)
    {
        using var noGradient = no_grad();
        using var weights = ParameterSet.Of(module);
        var found = Find([.. weights.Select(w => Describe(w, "F32"))], checkpoint, isLanguageModel: module is Decoder);
        for (var i = 0; i < weights.Count; i++)
        {
            using var stored = checkpoint.Read(found[i]);
            weights[i].Tensor.copy_(stored);
        }
    }

    private static IReadOnlyList<CheckpointTensor> Find(IReadOnlyList<CheckpointTensor> model, Checkpoint checkpoint, bool isLanguageModel)
    {
        var problems = new List<string>();
        IReadOnlyList<CheckpointTensor?> found = [];
        try
        {
            found = CheckpointAlignment.Find(model, checkpoint, "the model that config.json describes");
        }
        catch (ParameterMismatchException mismatch)
        {
            problems.AddRange(mismatch.Differences);
            if (isLanguageModel && checkpoint.Tensors.Any(t => t.Name is "score.weight"))
                problems.Add($"'score.weight' is the head of a classifier, which {nameof(SequenceClassifierRewardModel)}.{nameof(SequenceClassifierRewardModel.FromPretrained)} reads");
        }

        problems.AddRange(found.OfType<CheckpointTensor>().Where(t => !t.IsTrainable)
            .Select(t => $"'{t.Name}' is stored as {t.TypeName}; F64, F32, F16 and BF16 can be loaded"));
        return problems.Count == 0 ? [.. found.Select(t => t!)] : throw new PretrainedModelException(checkpoint.Path, problems);
    }

    private static ScalarType StoredType(Checkpoint checkpoint, PretrainedConfig config)
    {
        ScalarType[] types = [.. checkpoint.Tensors.Where(t => t.IsTrainable).Select(t => t.ScalarType!.Value).Distinct()];
        var type = types switch
        {
            [var only] => only,
            _ when Said(config) is { } said => said,
            _ when types.Contains(ScalarType.Float64) => ScalarType.Float64,
            _ => ScalarType.Float32, // holds every float16 and bfloat16 exactly
        };
        return type != ScalarType.Float16
            ? type
            : throw new PretrainedModelException(checkpoint.Path,
                ["it is stored in float16, in which training overflows; choose a type when loading: Float32 (holds every value exactly; needed for training), BFloat16 or Float64"]);
    }

    private static ScalarType? Said(PretrainedConfig config)
    {
        var reader = new ConfigReader(config.File, []);
        return (reader.TextOrNull("torch_dtype") ?? reader.TextOrNull("dtype")) switch
        {
            "float32" => ScalarType.Float32,
            "bfloat16" => ScalarType.BFloat16,
            "float64" => ScalarType.Float64,
            _ => null,
        };
    }

    /// <summary>Refuses sizes that cannot be those of the checkpoint, before memory is asked for.</summary>
    private static void RefuseAbsurd(DecoderConfig config, Checkpoint checkpoint)
    {
        var elements = checkpoint.Tensors.Sum(t => t.ElementCount);
        long hidden = config.HiddenSize;
        var positions = KnownArchitectures.Of(config).Names.Positions is null ? 0 : config.MaxPositions;
        var widest = new[] { config.VocabularySize, config.IntermediateSize, (long)config.Heads * config.HeadSize, positions }.Max();
        var problems = new List<string>();
        if (config.Layers > checkpoint.Tensors.Count)
            problems.Add($"config.json says {config.Layers} layers, but the checkpoint has only {checkpoint.Tensors.Count} tensors");
        if ((Int128)hidden * widest > Int128.Max(LargeMatrix, (Int128)MuchLarger * elements))
            problems.Add($"config.json asks for a matrix of {hidden} × {widest}, but the whole checkpoint has only {elements} elements");
        if (problems.Count > 0)
            throw new PretrainedModelException(checkpoint.Path, problems);
    }
}
