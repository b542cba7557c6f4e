namespace Warp.Transformers;

/// <summary>GPT-2: learned positions, layer norms, one matrix for queries, keys and values, all matrices stored transposed.</summary>
/// <remarks>The defaults are those of the class GPT2Config of transformers 4.47.</remarks>
internal static class Gpt2
{
    private const string ModelType = "gpt2";
    private const int InnerPerHidden = 4;

    internal static Architecture Row { get; } = new()
    {
        ModelType = ModelType,
        ClassName = "GPT2LMHeadModel",
        Names = new()
        {
            Body = "transformer",
            Embedding = "wte",
            Positions = "wpe",
            Blocks = "h",
            FinalNorm = "ln_f",
            Head = "lm_head",
            AttentionNorm = "ln_1",
            Attention = "attn",
            AttentionOutput = "c_proj",
            MlpNorm = "ln_2",
            Mlp = "mlp",
        },
        Norm = parts => new LayerNorm(parts.Config.HiddenSize, parts.Config.RmsNormEpsilon, parts.Type, parts.Device),
        Heads = (parts, owner) => new FusedHeads(parts, owner, "c_attn", byHead: false),
        Mlp = parts => new PlainMlp(parts, "c_fc", "c_proj"),
        HasFusedHeads = true,
        StoresTransposed = true,
        QueryKeyValueBias = _ => true,
        AttentionOutputBias = _ => true,
        MlpBias = _ => true,
        Activation = MlpActivation.GeluTanh,
        SpecialIds = new(Start: 50256, End: 50256, Pad: null),
        Read = Read,
        Write = (config, file) => file
            .Add("vocab_size", config.VocabularySize)
            .Add("n_embd", config.HiddenSize)
            .Add("n_inner", config.IntermediateSize)
            .Add("n_layer", config.Layers)
            .Add("n_head", config.Heads)
            .Add("n_positions", config.MaxPositions)
            .AddReal("layer_norm_epsilon", config.RmsNormEpsilon)
            .Add("activation_function", config.Activation)
            .Add("scale_attn_weights", config.AttentionScalar == config.HeadSize)
            .Add("scale_attn_by_inverse_layer_idx", config.ScaleAttentionByInverseLayer)
            .Add("tie_word_embeddings", config.TieWordEmbeddings)
            .AddReal("initializer_range", config.InitializerRange),
    };

    private static DecoderConfig Read(ConfigReader file)
    {
        file.RefuseTrue("add_cross_attention", "attention to an encoder");
        var hidden = file.Whole("n_embd", 768, "hidden_size");
        var config = new DecoderConfig
        {
            ModelType = ModelType,
            VocabularySize = file.Whole("vocab_size", 50257),
            HiddenSize = hidden,
            IntermediateSize = file.WholeOrNull("n_inner", null) ?? InnerPerHidden * hidden,
            Layers = file.Whole("n_layer", 12, "num_hidden_layers"),
            Heads = file.Whole("n_head", 12, "num_attention_heads"),
            MaxPositions = file.Whole("n_positions", 1024, "max_position_embeddings"),
            RmsNormEpsilon = file.Number("layer_norm_epsilon", 1e-5),
            Activation = file.ActivationOrNull("activation_function") ?? MlpActivation.GeluTanh,
            ScaleAttentionByInverseLayer = file.Truth("scale_attn_by_inverse_layer_idx", false),
            TieWordEmbeddings = file.Truth("tie_word_embeddings", true),
            InitializerRange = file.Number("initializer_range", DecoderConfig.DefaultInitializerRange),
        };
        return file.Truth("scale_attn_weights", true) ? config : config with { AttentionScalar = 1 };
    }
}
