namespace Warp.Transformers;

/// <summary>GPT-NeoX and Pythia: rotary positions on a part of each head, layer norms, attention and MLP side by side, biases everywhere.</summary>
/// <remarks>The defaults are those of the class GPTNeoXConfig of transformers 4.47.</remarks>
internal static class GptNeoX
{
    private const string ModelType = "gpt_neox";
    private const double DefaultRotaryFraction = 0.25;

    internal static Architecture Row { get; } = new()
    {
        ModelType = ModelType,
        ClassName = "GPTNeoXForCausalLM",
        Names = new()
        {
            Body = "gpt_neox",
            Embedding = "embed_in",
            Blocks = "layers",
            FinalNorm = "final_layer_norm",
            Head = "embed_out",
            AttentionNorm = "input_layernorm",
            Attention = "attention",
            AttentionOutput = "dense",
            MlpNorm = "post_attention_layernorm",
            Mlp = "mlp",
        },
        Norm = Gpt2.Row.Norm,
        Heads = (parts, owner) => new FusedHeads(parts, owner, "query_key_value", byHead: true),
        Mlp = parts => new PlainMlp(parts, "dense_h_to_4h", "dense_4h_to_h"),
        HasFusedHeads = true,
        MlpBias = _ => true,
        Activation = MlpActivation.Gelu,
        AttentionBias = true,
        ParallelResidual = true,
        RotaryFraction = DefaultRotaryFraction,
        SpecialIds = new(Start: 0, End: 2, Pad: null),
        Read = Read,
        Write = (config, file) => file
            .Add("vocab_size", config.VocabularySize)
            .Add("hidden_size", config.HiddenSize)
            .Add("intermediate_size", config.IntermediateSize)
            .Add("num_hidden_layers", config.Layers)
            .Add("num_attention_heads", config.Heads)
            .Add("max_position_embeddings", config.MaxPositions)
            .AddReal("layer_norm_eps", config.RmsNormEpsilon)
            .Add("hidden_act", config.Activation)
            .AddReal("rotary_pct", config.RotaryFraction)
            .AddReal("rotary_emb_base", config.RopeTheta)
            .Add("rope_scaling", config.RopeScaling)
            .Add("attention_bias", config.AttentionBias)
            .Add("use_parallel_residual", config.ParallelResidual)
            .Add("tie_word_embeddings", config.TieWordEmbeddings)
            .AddReal("initializer_range", config.InitializerRange),
    };

    private static DecoderConfig Read(ConfigReader file)
    {
        var rope = file.Rope("rotary_emb_base", "rope_theta");
        return new()
        {
            ModelType = ModelType,
            VocabularySize = file.Whole("vocab_size", 50432),
            HiddenSize = file.Whole("hidden_size", 6144),
            IntermediateSize = file.Whole("intermediate_size", 24576),
            Layers = file.Whole("num_hidden_layers", 44),
            Heads = file.Whole("num_attention_heads", 64),
            MaxPositions = file.Whole("max_position_embeddings", 2048),
            RmsNormEpsilon = file.Number("layer_norm_eps", 1e-5),
            Activation = file.ActivationOrNull("hidden_act") ?? MlpActivation.Gelu,
            // transformers 4 writes partial_rotary_factor beside rotary_pct, and reads only the latter.
            RotaryFraction = rope.Fraction ?? file.Number("rotary_pct", DefaultRotaryFraction),
            RopeTheta = rope.Theta,
            RopeScaling = rope.Scaling,
            AttentionBias = file.Truth("attention_bias", true),
            ParallelResidual = file.Truth("use_parallel_residual", true),
            TieWordEmbeddings = file.Truth("tie_word_embeddings", false),
            InitializerRange = file.Number("initializer_range", DecoderConfig.DefaultInitializerRange),
        };
    }
}
