namespace Warp.Transformers;

/// <summary>Llama and what has grown out of it: root-mean-square norms, rotary positions, gated MLPs, the names of Llama.</summary>
/// <remarks>The defaults are those of the classes LlamaConfig, MistralConfig, … of transformers 4.47.</remarks>
internal static class LlamaFamily
{
    private static readonly WeightNames LlamaNames = new()
    {
        Body = "model",
        Embedding = "embed_tokens",
        Blocks = "layers",
        FinalNorm = "norm",
        Head = "lm_head",
        AttentionNorm = "input_layernorm",
        Attention = "self_attn",
        AttentionOutput = "o_proj",
        MlpNorm = "post_attention_layernorm",
        Mlp = "mlp",
    };

    private static readonly Defaults LlamaDefaults = new(32000, 4096, 11008, 32, 32, null, 2048, MlpActivation.Silu);

    private static readonly Defaults MistralDefaults = new(32000, 4096, 14336, 32, 32, 8, 4096 * 32, MlpActivation.Silu) { Window = 4096 };

    private static readonly Defaults Qwen2Defaults = new(151936, 4096, 22016, 32, 32, 32, 32768, MlpActivation.Silu) { Window = 4096, FirstSlidingLayer = 28 };

    private static readonly Defaults GemmaDefaults = new(256000, 3072, 24576, 28, 16, 16, 8192, MlpActivation.GeluTanh) { HeadSize = 256, Tie = true };

    private static readonly Defaults Gemma2Defaults = new(256000, 2304, 9216, 26, 8, 4, 8192, MlpActivation.GeluTanh)
    {
        HeadSize = 256,
        Tie = true,
        Window = 4096,
        AttentionScalar = 256,
        AttentionSoftCap = 50,
        LogitSoftCap = 30,
    };

    internal static Architecture Llama { get; } = new()
    {
        ModelType = "llama",
        ClassName = "LlamaForCausalLM",
        Names = LlamaNames,
        Norm = parts => new RmsNorm(parts.Config.HiddenSize, parts.Config.RmsNormEpsilon, parts.Type, parts.Device),
        Heads = (parts, owner) => new SeparateHeads(parts, owner, "q_proj", "k_proj", "v_proj"),
        Mlp = parts => new GatedMlp(parts, "gate_proj", "up_proj", "down_proj"),
        MlpBias = config => config.MlpBias,
        SpecialIds = new(Start: 1, End: 2, Pad: null),
        Read = file => Common(file, "llama", LlamaDefaults) with
        {
            AttentionBias = file.Truth("attention_bias", false),
            MlpBias = file.Truth("mlp_bias", false),
        },
        Write = (config, file) => Common(config, file)
            .Add("hidden_act", config.Activation)
            .Add("attention_bias", config.AttentionBias)
            .Add("mlp_bias", config.MlpBias),
    };

    internal static Architecture Mistral { get; } = Llama with
    {
        ModelType = "mistral",
        ClassName = "MistralForCausalLM",
        QueryKeyValueBias = _ => false,
        AttentionOutputBias = _ => false,
        MlpBias = _ => false,
        Slides = (_, _) => true,
        Read = file => Common(file, "mistral", MistralDefaults) with { SlidingWindow = file.WholeOrNull("sliding_window", MistralDefaults.Window) },
        Write = (config, file) => Common(config, file)
            .Add("hidden_act", config.Activation)
            .Add("sliding_window", config.SlidingWindow),
    };

    internal static Architecture Qwen2 { get; } = Llama with
    {
        ModelType = "qwen2",
        ClassName = "Qwen2ForCausalLM",
        QueryKeyValueBias = _ => true,
        AttentionOutputBias = _ => false,
        MlpBias = _ => false,
        Slides = (config, layer) => layer >= config.FirstSlidingLayer,
        SpecialIds = new(Start: null, End: null, Pad: null),
        Read = file =>
        {
            var window = file.WholeOrNull("sliding_window", Qwen2Defaults.Window);
            var first = file.Whole("max_window_layers", Qwen2Defaults.FirstSlidingLayer);
            // Before 4.53 transformers' mask slid in all blocks alike, whatever max_window_layers said; a file computes what its writer did.
            if (file.IsWrittenBefore(4, 53))
                first = 0;
            var slides = file.Truth("use_sliding_window", false);
            return Common(file, "qwen2", Qwen2Defaults) with { SlidingWindow = slides ? window : null, FirstSlidingLayer = first };
        },
        Write = (config, file) => Common(config, file)
            .Add("hidden_act", config.Activation)
            .Add("use_sliding_window", config.SlidingWindow is not null)
            .Add("sliding_window", config.SlidingWindow)
            .Add("max_window_layers", config.FirstSlidingLayer),
    };

    internal static Architecture Gemma { get; } = Llama with
    {
        ModelType = "gemma",
        ClassName = "GemmaForCausalLM",
        Norm = parts => new RmsNorm(parts.Config.HiddenSize, parts.Config.RmsNormEpsilon, parts.Type, parts.Device, isOffset: true),
        ScalesEmbedding = true,
        MlpBias = _ => false,
        Activation = MlpActivation.GeluTanh,
        SpecialIds = new(Start: 2, End: 1, Pad: 0),
        Read = file =>
        {
            file.RefuseTrue("use_bidirectional_attention", "attention that also looks ahead");
            var config = Common(file, "gemma", GemmaDefaults) with { AttentionBias = file.Truth("attention_bias", false) };
            // Transformers 5, which writes rope_parameters, has but hidden_act, and does what it says.
            return file.IsGiven("rope_parameters") && !file.IsGiven("hidden_activation") && file.ActivationOrNull("hidden_act") is { } activation
                ? config with { Activation = activation }
                : config;
        },
        Write = (config, file) => Common(config, file)
            .Add("hidden_act", config.Activation)
            .Add("hidden_activation", config.Activation)
            .Add("attention_bias", config.AttentionBias),
    };

    internal static Architecture Gemma2 { get; } = Gemma with
    {
        ModelType = "gemma2",
        ClassName = "Gemma2ForCausalLM",
        Names = LlamaNames with
        {
            AttentionOutputNorm = "post_attention_layernorm",
            MlpNorm = "pre_feedforward_layernorm",
            MlpOutputNorm = "post_feedforward_layernorm",
        },
        Slides = (_, layer) => layer % 2 == 0,
        Read = file =>
        {
            file.RefuseTrue("use_bidirectional_attention", "attention that also looks ahead");
            return Common(file, "gemma2", Gemma2Defaults) with
            {
                AttentionBias = file.Truth("attention_bias", false),
                SlidingWindow = file.WholeOrNull("sliding_window", Gemma2Defaults.Window),
                AttentionScalar = file.Number("query_pre_attn_scalar", Gemma2Defaults.AttentionScalar),
                AttentionSoftCap = file.NumberOrNull("attn_logit_softcapping", Gemma2Defaults.AttentionSoftCap),
                LogitSoftCap = file.NumberOrNull("final_logit_softcapping", Gemma2Defaults.LogitSoftCap),
            };
        },
        Write = (config, file) => Common(config, file)
            .Add("hidden_act", config.Activation)
            .Add("hidden_activation", config.Activation)
            .Add("attention_bias", config.AttentionBias)
            .Add("sliding_window", config.SlidingWindow)
            .Add("query_pre_attn_scalar", config.AttentionScalar) // transformers 5 wants a whole number here
            .AddReal("attn_logit_softcapping", config.AttentionSoftCap)
            .AddReal("final_logit_softcapping", config.LogitSoftCap),
    };

    private static DecoderConfig Common(ConfigReader file, string modelType, Defaults defaults)
    {
        var (hidden, heads) = (file.Whole("hidden_size", defaults.Hidden), file.Whole("num_attention_heads", defaults.Heads));
        var rope = file.Rope("rope_theta");
        file.RefusePartialRotation(rope.Fraction ?? file.NumberOrNull("partial_rotary_factor"));
        var config = new DecoderConfig
        {
            ModelType = modelType,
            VocabularySize = file.Whole("vocab_size", defaults.Vocabulary),
            HiddenSize = hidden,
            IntermediateSize = file.Whole("intermediate_size", defaults.Intermediate),
            Layers = file.Whole("num_hidden_layers", defaults.Layers),
            Heads = heads,
            KeyValueHeads = file.WholeOrNull("num_key_value_heads", defaults.KeyValueHeads) ?? heads,
            MaxPositions = file.Whole("max_position_embeddings", defaults.MaxPositions),
            RmsNormEpsilon = file.Number("rms_norm_eps", 1e-6),
            RopeTheta = rope.Theta,
            RopeScaling = rope.Scaling,
            // Gemma's hidden_act is not what the models were made with: transformers 4.47 does not look at it.
            Activation = defaults.Activation == MlpActivation.GeluTanh
                ? file.ActivationOrNull("hidden_activation") ?? defaults.Activation
                : file.ActivationOrNull("hidden_act") ?? defaults.Activation,
            TieWordEmbeddings = file.Truth("tie_word_embeddings", defaults.Tie),
            InitializerRange = file.Number("initializer_range", DecoderConfig.DefaultInitializerRange),
        };
        return file.WholeOrNull("head_dim", defaults.HeadSize) is { } size ? config with { HeadSize = size } : config;
    }

    private static ConfigWriter Common(DecoderConfig config, ConfigWriter file) => file
        .Add("vocab_size", config.VocabularySize)
        .Add("hidden_size", config.HiddenSize)
        .Add("intermediate_size", config.IntermediateSize)
        .Add("num_hidden_layers", config.Layers)
        .Add("num_attention_heads", config.Heads)
        .Add("num_key_value_heads", config.KeyValueHeads)
        .Add("head_dim", config.HeadSize)
        .Add("max_position_embeddings", config.MaxPositions)
        .AddReal("rms_norm_eps", config.RmsNormEpsilon)
        .AddReal("rope_theta", config.RopeTheta)
        .Add("rope_scaling", config.RopeScaling)
        .Add("tie_word_embeddings", config.TieWordEmbeddings)
        .AddReal("initializer_range", config.InitializerRange);

    /// <summary>What transformers assumes of a file that does not say it.</summary>
    private sealed record Defaults(
        int Vocabulary, int Hidden, int Intermediate, int Layers, int Heads, int? KeyValueHeads, int MaxPositions, MlpActivation Activation)
    {
        internal int? HeadSize { get; init; }

        internal bool Tie { get; init; }

        internal int? Window { get; init; }

        internal int FirstSlidingLayer { get; init; }

        internal double AttentionScalar { get; init; }

        internal double? AttentionSoftCap { get; init; }

        internal double? LogitSoftCap { get; init; }
    }
}
