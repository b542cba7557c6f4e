using Warp.Transformers;

namespace Warp.Tests;

public class ConfigFileTests
{
    public static TheoryData<string, string> Versions { get; } = new()
    {
        {
            """
            {"architectures": ["MistralForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "head_dim": 8, "hidden_act": "silu", "hidden_size": 32,
            "initializer_range": 0.02, "intermediate_size": 37, "max_position_embeddings": 512, "model_type": "mistral", "num_attention_heads": 4, "num_hidden_layers": 2,
            "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "sliding_window": 6, "tie_word_embeddings": false, "torch_dtype": "float32",
            "transformers_version": "4.47.1", "use_cache": true, "vocab_size": 99}
            """,
            """
            {"architectures": ["MistralForCausalLM"], "attention_dropout": 0.0, "bos_token_id": 1, "dtype": "float32", "eos_token_id": 2, "head_dim": 8, "hidden_act": "silu",
            "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 37, "max_position_embeddings": 512, "model_type": "mistral", "num_attention_heads": 4,
            "num_hidden_layers": 2, "num_key_value_heads": 2, "pad_token_id": null, "rms_norm_eps": 1e-06, "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"},
            "sliding_window": 6, "tie_word_embeddings": false, "transformers_version": "5.0.0", "use_cache": true, "vocab_size": 99}
            """
        },
        {
            """
            {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "hidden_act": "silu", "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 37,
            "max_position_embeddings": 512, "max_window_layers": 0, "model_type": "qwen2", "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2,
            "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000.0, "sliding_window": 4, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
            "transformers_version": "4.47.1", "use_cache": true, "use_sliding_window": true, "vocab_size": 99}
            """,
            """
            {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "bos_token_id": null, "dtype": "bfloat16", "eos_token_id": null, "hidden_act": "silu",
            "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 37, "layer_types": ["sliding_attention", "sliding_attention"], "max_position_embeddings": 512,
            "max_window_layers": 0, "model_type": "qwen2", "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2, "pad_token_id": null,
            "rms_norm_eps": 1e-06, "rope_parameters": {"rope_theta": 1000000.0, "rope_type": "default"}, "sliding_window": 4, "tie_word_embeddings": true,
            "transformers_version": "5.0.0", "use_cache": true, "use_sliding_window": true, "vocab_size": 99}
            """
        },
        {
            """
            {"architectures": ["Gemma2ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "attn_logit_softcapping": 50.0, "bos_token_id": 2,
            "cache_implementation": "hybrid", "eos_token_id": 1, "final_logit_softcapping": 30.0, "head_dim": 16, "hidden_act": "gelu_pytorch_tanh",
            "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 37, "max_position_embeddings": 512,
            "model_type": "gemma2", "num_attention_heads": 4, "num_hidden_layers": 3, "num_key_value_heads": 2, "pad_token_id": 0, "query_pre_attn_scalar": 24,
            "rms_norm_eps": 1e-06, "rope_theta": 10000.0, "sliding_window": 5, "torch_dtype": "float32", "transformers_version": "4.47.1", "use_cache": true, "vocab_size": 99}
            """,
            """
            {"architectures": ["Gemma2ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "attn_logit_softcapping": 50.0, "bos_token_id": 2, "dtype": "float32",
            "eos_token_id": 1, "final_logit_softcapping": 30.0, "head_dim": 16, "hidden_activation": "gelu_pytorch_tanh", "hidden_size": 32, "initializer_range": 0.02,
            "intermediate_size": 37, "layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "max_position_embeddings": 512, "model_type": "gemma2",
            "num_attention_heads": 4, "num_hidden_layers": 3, "num_key_value_heads": 2, "pad_token_id": 0, "query_pre_attn_scalar": 24, "rms_norm_eps": 1e-06,
            "rope_parameters": {"rope_theta": 10000.0, "rope_type": "default"}, "sliding_window": 5, "tie_word_embeddings": true, "transformers_version": "5.0.0",
            "use_bidirectional_attention": null, "use_cache": true, "vocab_size": 99}
            """
        },
        {
            """
            {"architectures": ["GPTNeoXForCausalLM"], "attention_bias": true, "attention_dropout": 0.0, "bos_token_id": 0, "classifier_dropout": 0.1, "eos_token_id": 2,
            "hidden_act": "gelu", "hidden_dropout": 0.0, "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 37, "layer_norm_eps": 1e-05,
            "max_position_embeddings": 512, "model_type": "gpt_neox", "num_attention_heads": 4, "num_hidden_layers": 2, "partial_rotary_factor": 0.5, "rope_scaling": null,
            "rope_theta": 20000.0, "rotary_emb_base": 20000.0, "rotary_pct": 0.5, "tie_word_embeddings": false, "torch_dtype": "float32", "transformers_version": "4.47.1",
            "use_cache": true, "use_parallel_residual": false, "vocab_size": 99}
            """,
            """
            {"architectures": ["GPTNeoXForCausalLM"], "attention_bias": true, "attention_dropout": 0.0, "bos_token_id": 0, "classifier_dropout": 0.1, "dtype": "float32",
            "eos_token_id": 2, "hidden_act": "gelu", "hidden_dropout": 0.0, "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 37, "is_decoder": false,
            "layer_norm_eps": 1e-05, "max_position_embeddings": 512, "model_type": "gpt_neox", "num_attention_heads": 4, "num_hidden_layers": 2, "pad_token_id": null,
            "rope_parameters": {"partial_rotary_factor": 0.5, "rope_theta": 20000.0, "rope_type": "default"}, "tie_word_embeddings": false, "transformers_version": "5.0.0",
            "use_cache": true, "use_parallel_residual": false, "vocab_size": 99}
            """
        },
        {
            """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 1, "eos_token_id": 2, "head_dim": 8, "hidden_act": "silu",
            "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 37, "max_position_embeddings": 512, "mlp_bias": false, "model_type": "llama",
            "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2, "pretraining_tp": 1, "rms_norm_eps": 1e-06, "rope_scaling": {"factor": 8.0,
            "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 64, "rope_type": "llama3"}, "rope_theta": 500000.0,
            "tie_word_embeddings": false, "torch_dtype": "float32", "transformers_version": "4.47.1", "use_cache": true, "vocab_size": 99}
            """,
            """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "attention_dropout": 0.0, "bos_token_id": 1, "dtype": "float32", "eos_token_id": 2, "head_dim": 8,
            "hidden_act": "silu", "hidden_size": 32, "initializer_range": 0.02, "intermediate_size": 37, "max_position_embeddings": 512, "mlp_bias": false,
            "model_type": "llama", "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2, "pad_token_id": null, "pretraining_tp": 1,
            "rms_norm_eps": 1e-06, "rope_parameters": {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0, "original_max_position_embeddings": 64,
            "rope_theta": 500000.0, "rope_type": "llama3"}, "tie_word_embeddings": false, "transformers_version": "5.0.0", "use_cache": true, "vocab_size": 99}
            """
        },
    };

    [Theory]
    [InlineData("4.47.1", 0)]
    [InlineData("4.52.0.dev0", 0)]
    [InlineData("4.53.0", 1)]
    [InlineData("5.0.0", 1)]
    [InlineData("?", 1)]
    [InlineData(null, 1)]
    public void The_window_of_Qwen2_slides_where_it_did_for_the_version_that_wrote_the_file(string? version, int first)
    {
        var word = version is null ? "" : $"\"transformers_version\": \"{version}\", ";
        var text = $"{{{word}\"model_type\": \"qwen2\", \"use_sliding_window\": true, \"sliding_window\": 4, \"max_window_layers\": 1}}";
        Assert.Equal(first, PretrainedConfig.Parse(text, PretrainedConfig.FileName).Decoder.FirstSlidingLayer);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public void One_model_is_read_alike_from_the_files_of_transformers_4_and_5(string four, string five)
    {
        var config = DecoderConfig.FromJson(four);
        Assert.Equal((99, 32, 37), (config.VocabularySize, config.HiddenSize, config.IntermediateSize));
        Equal(config, five);
    }

    [Fact]
    public void What_a_file_leaves_out_is_as_in_transformers()
    {
        // Defaults of LlamaConfig, MistralConfig, … in transformers 4.47.
        Equal(
            new() { ModelType = "llama", VocabularySize = 32000, HiddenSize = 4096, IntermediateSize = 11008, Layers = 32, Heads = 32, RmsNormEpsilon = 1e-6 },
            """{"model_type": "llama"}""");
        Equal(
            new()
            {
                ModelType = "mistral",
                VocabularySize = 32000,
                HiddenSize = 4096,
                IntermediateSize = 14336,
                Layers = 32,
                Heads = 32,
                KeyValueHeads = 8,
                MaxPositions = 131072,
                RmsNormEpsilon = 1e-6,
                SlidingWindow = 4096,
            },
            """{"model_type": "mistral"}""");
        Equal(
            new()
            {
                ModelType = "qwen2",
                VocabularySize = 151936,
                HiddenSize = 4096,
                IntermediateSize = 22016,
                Layers = 32,
                Heads = 32,
                MaxPositions = 32768,
                RmsNormEpsilon = 1e-6,
                FirstSlidingLayer = 28,
            },
            """{"model_type": "qwen2"}""");
        Equal(
            new()
            {
                ModelType = "gemma",
                VocabularySize = 256000,
                HiddenSize = 3072,
                IntermediateSize = 24576,
                Layers = 28,
                Heads = 16,
                HeadSize = 256,
                MaxPositions = 8192,
                RmsNormEpsilon = 1e-6,
                TieWordEmbeddings = true,
                Activation = MlpActivation.GeluTanh,
            },
            """{"model_type": "gemma"}""");
        Equal(
            new()
            {
                ModelType = "gemma2",
                VocabularySize = 256000,
                HiddenSize = 2304,
                IntermediateSize = 9216,
                Layers = 26,
                Heads = 8,
                KeyValueHeads = 4,
                HeadSize = 256,
                MaxPositions = 8192,
                RmsNormEpsilon = 1e-6,
                TieWordEmbeddings = true,
                Activation = MlpActivation.GeluTanh,
                SlidingWindow = 4096,
                AttentionScalar = 256,
                AttentionSoftCap = 50,
                LogitSoftCap = 30,
            },
            """{"model_type": "gemma2"}""");
        Equal(
            new()
            {
                ModelType = "gpt2",
                VocabularySize = 50257,
                HiddenSize = 768,
                IntermediateSize = 3072,
                Layers = 12,
                Heads = 12,
                MaxPositions = 1024,
                TieWordEmbeddings = true,
                Activation = MlpActivation.GeluTanh,
            },
            """{"model_type": "gpt2"}""");
        Equal(
            new()
            {
                ModelType = "gpt_neox",
                VocabularySize = 50432,
                HiddenSize = 6144,
                IntermediateSize = 24576,
                Layers = 44,
                Heads = 64,
                Activation = MlpActivation.Gelu,
                RotaryFraction = 0.25,
                AttentionBias = true,
                ParallelResidual = true,
            },
            """{"model_type": "gpt_neox"}""");
    }

    [Fact]
    public void Null_is_a_value_of_its_own()
    {
        Assert.Null(DecoderConfig.FromJson("""{"model_type": "mistral", "sliding_window": null}""").SlidingWindow);
        Assert.Equal(32, DecoderConfig.FromJson("""{"model_type": "mistral", "num_key_value_heads": null}""").KeyValueHeads);
        Assert.Equal(128, DecoderConfig.FromJson("""{"model_type": "llama", "head_dim": null}""").HeadSize);
        var gemma2 = DecoderConfig.FromJson("""{"model_type": "gemma2", "attn_logit_softcapping": null, "final_logit_softcapping": null}""");
        Assert.Equal((null, null), (gemma2.AttentionSoftCap, gemma2.LogitSoftCap));
        Assert.Equal(MlpActivation.GeluTanh, DecoderConfig.FromJson("""{"model_type": "gemma", "hidden_activation": null, "hidden_act": "gelu"}""").Activation);
        Assert.Equal(4 * 768, DecoderConfig.FromJson("""{"model_type": "gpt2", "n_inner": null}""").IntermediateSize);
        Assert.Null(DecoderConfig.FromJson("""{"model_type": "llama", "rope_scaling": null, "quantization_config": null, "layer_types": null}""").RopeScaling);
    }

    [Theory]
    [InlineData("gelu_new", MlpActivation.GeluTanh)]
    [InlineData("gelu_pytorch_tanh", MlpActivation.GeluTanh)]
    [InlineData("gelu_fast", MlpActivation.GeluTanh)]
    [InlineData("gelu", MlpActivation.Gelu)]
    [InlineData("relu", MlpActivation.Relu)]
    [InlineData("swish", MlpActivation.Silu)]
    public void Activations_are_known_by_their_names(string name, MlpActivation activation) =>
        Assert.Equal(activation, DecoderConfig.FromJson($$"""{"model_type": "gpt_neox", "hidden_act": "{{name}}"}""").Activation);

    [Fact]
    public void Both_ways_of_writing_rotary_settings_are_read()
    {
        Assert.Equal(
            new LinearRopeScaling { Factor = 4 },
            DecoderConfig.FromJson("""{"model_type": "llama", "rope_scaling": {"type": "linear", "factor": 4.0}}""").RopeScaling);
        var llama3 = new Llama3RopeScaling { Factor = 8, LowFrequencyFactor = 1, HighFrequencyFactor = 4, OriginalMaxPositions = 8192 };
        const string Words = """ "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192""";
        Assert.Equal(llama3, DecoderConfig.FromJson($$"""{"model_type": "llama", "rope_scaling": { {{Words}} } }""").RopeScaling);
        var later = DecoderConfig.FromJson($$"""{"model_type": "llama", "rope_parameters": { {{Words}}, "rope_theta": 500000.0 } }""");
        Assert.Equal(llama3, later.RopeScaling);
        Assert.Equal(500_000, later.RopeTheta);
        var neoX = DecoderConfig.FromJson("""{"model_type": "gpt_neox", "rope_parameters": {"rope_type": "default", "rope_theta": 77, "partial_rotary_factor": 0.5}}""");
        Assert.Equal((77, 0.5), (neoX.RopeTheta, neoX.RotaryFraction));
    }

    [Fact]
    public void Where_a_file_says_a_thing_twice_the_word_that_transformers_reads_counts()
    {
        // Transformers 4 does not know rope_parameters, and 5 takes rope_scaling in its place.
        var both = DecoderConfig.FromJson(
            """{"model_type": "llama", "rope_theta": 9.0, "rope_scaling": {"type": "linear", "factor": 2.0}, "rope_parameters": {"rope_type": "default", "rope_theta": 5.0}}""");
        Assert.Equal((new LinearRopeScaling { Factor = 2 }, 9), (both.RopeScaling, both.RopeTheta));
        Assert.Equal(5, DecoderConfig.FromJson("""{"model_type": "llama", "rope_scaling": { }, "rope_parameters": {"rope_type": "default", "rope_theta": 5.0}}""").RopeTheta);
        // GPTNeoXConfig sets partial_rotary_factor from rotary_pct whatever it was.
        Assert.Equal(0.5, DecoderConfig.FromJson("""{"model_type": "gpt_neox", "rotary_pct": 0.5, "partial_rotary_factor": 1.0}""").RotaryFraction);
        Assert.Equal(0.25, DecoderConfig.FromJson("""{"model_type": "gpt_neox", "partial_rotary_factor": 1.0}""").RotaryFraction);
    }

    [Theory]
    [InlineData(""" "hidden_act": "gelu" """, MlpActivation.GeluTanh)] // of transformers 4
    [InlineData(""" "hidden_act": "gelu", "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0} """, MlpActivation.Gelu)] // of transformers 5
    [InlineData(""" "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0} """, MlpActivation.GeluTanh)]
    [InlineData(""" "hidden_act": "gelu", "hidden_activation": "gelu_pytorch_tanh", "rope_parameters": {"rope_theta": 10000.0} """, MlpActivation.GeluTanh)]
    public void Gemma_has_the_activation_of_the_version_that_wrote_the_file(string settings, MlpActivation activation) =>
        Assert.Equal(activation, DecoderConfig.FromJson($$"""{"model_type": "gemma", {{settings}}}""").Activation);

    [Theory]
    [InlineData("""{"model_type": "mamba"}""", "model_type is 'mamba', which is not implemented; known are gemma, gemma2, gpt2, gpt_neox, llama, mistral, qwen2")]
    [InlineData("{}", "it names no model_type, so the architecture is not known; give one of gemma, gemma2, gpt2, gpt_neox, llama, mistral, qwen2")]
    [InlineData("""{"architectures": ["T5Model"]}""", "architectures is [T5Model], which is not implemented; known are LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, GemmaForCausalLM, Gemma2ForCausalLM, GPT2LMHeadModel, GPTNeoXForCausalLM")]
    [InlineData("""{"model_type": "llama", "rope_scaling": {"rope_type": "yarn", "factor": 4}}""", "rope_scaling.rope_type is 'yarn', which is not implemented; known are default, linear and llama3")]
    [InlineData("""{"model_type": "llama", "rope_scaling": {"type": "linear"}}""", "rope_scaling.factor is missing")]
    [InlineData("""{"model_type": "llama", "rope_scaling": {"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192.5}}""", "rope_scaling.original_max_position_embeddings is 8192.5; it must be a whole number")]
    [InlineData("""{"model_type": "llama", "rope_scaling": {"type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}}""", "rope_scaling.original_max_position_embeddings is missing")]
    [InlineData("""{"model_type": "llama", "rope_scaling": 3}""", "rope_scaling is 3; it must be an object or null")]
    [InlineData("""{"model_type": "llama", "rope_parameters": {"full_attention": {"rope_type": "default"}}}""", "rope_parameters has settings for each kind of layer, which is not implemented; give one for all")]
    [InlineData("""{"model_type": "llama", "partial_rotary_factor": 0.5}""", "partial_rotary_factor is 0.5, which is not implemented for this model_type; it must be 1")]
    [InlineData("""{"model_type": "llama", "hidden_act": "quick_gelu"}""", "hidden_act is 'quick_gelu', which is not implemented; known are silu, swish, gelu, gelu_python, gelu_pytorch_tanh, gelu_new, gelu_fast, relu")]
    [InlineData("""{"model_type": "llama", "quantization_config": {}}""", "quantization_config is given; quantised weights are not implemented. Use the model as it was before quantisation")]
    [InlineData("""{"model_type": "llama", "is_encoder_decoder": true}""", "is_encoder_decoder is true; a model with an encoder is not implemented")]
    [InlineData("""{"model_type": "gpt2", "add_cross_attention": true}""", "add_cross_attention is true; attention to an encoder is not implemented")]
    [InlineData("""{"model_type": "gemma", "use_bidirectional_attention": true}""", "use_bidirectional_attention is true; attention that also looks ahead is not implemented")]
    [InlineData("""{"model_type": "llama", "hidden_size": "wide"}""", "hidden_size is \"wide\"; it must be a whole number")]
    [InlineData("""{"model_type": "llama", "num_hidden_layers": 2.5}""", "num_hidden_layers is 2.5; it must be a whole number")]
    [InlineData("""{"model_type": "llama", "rms_norm_eps": null}""", "rms_norm_eps is null; it must be a number")]
    [InlineData("""{"model_type": "llama", "mlp_bias": 1}""", "mlp_bias is 1; it must be true or false")]
    [InlineData("""{"model_type": "llama", "num_attention_heads": 5}""", "HiddenSize is 4096, which Heads, 5, does not divide; choose another, or set HeadSize")]
    [InlineData("""{"model_type": "gpt_neox", "rotary_pct": 0.04}""", "RotaryFraction is 0.04, which is 3 of the 96 entries of a head; it must be an even number and at least 2, because rotary positions turn pairs")]
    [InlineData("""{"model_type": "mistral", "sliding_window": 0}""", "SlidingWindow is 0; it must be at least 1, or null for none")]
    [InlineData("""{"model_type": "gemma2", "num_hidden_layers": 3, "layer_types": ["full_attention", "full_attention", "full_attention"]}""", "layer_types is [\"full_attention\", \"full_attention\", \"full_attention\"]; of gemma2 with these settings only [sliding_attention, full_attention, sliding_attention] is implemented")]
    public void What_would_change_results_and_is_not_implemented_is_refused_by_name(string json, string problem) =>
        Assert.Equal([problem], Assert.Throws<PretrainedModelException>(() => DecoderConfig.FromJson(json)).Problems);

    [Fact]
    public void All_problems_come_at_once()
    {
        var failure = Assert.Throws<PretrainedModelException>(() => DecoderConfig.FromJson("""{"model_type": "llama", "hidden_act": "mish", "vocab_size": [], "quantization_config": {}}"""));
        Assert.Equal(3, failure.Problems.Count);
        Assert.StartsWith("'config.json' cannot be used (3 problems):", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"model_type": "llama", "rms_norm_eps": Infinity}""")]
    [InlineData("""{"model_type": "\ud800"}""")] // half of a pair
    [InlineData("""{"model_type": "llama", "\ud800": 1}""")]
    public void What_is_not_JSON_says_so(string json) =>
        Assert.StartsWith("'config.json' is not JSON: ", Assert.Throws<PretrainedModelException>(() => DecoderConfig.FromJson(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Settings_that_transformers_does_not_look_at_change_nothing()
    {
        var plain = DecoderConfig.FromJson("""{"model_type": "llama"}""");
        Assert.Equal(plain, DecoderConfig.FromJson("""{"model_type": "llama", "sliding_window": 7, "attention_dropout": 0.5, "my_own": {"a": 1}, "auto_map": {}}"""));
    }

    [Fact]
    public void The_class_tells_the_architecture_when_there_is_no_model_type() =>
        Assert.Equal("gpt_neox", DecoderConfig.FromJson("""{"architectures": ["GPTNeoXForCausalLM"]}""").ModelType);

    [Fact]
    public void A_missing_folder_or_file_says_what_is_needed()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("There is no folder", Assert.Throws<DirectoryNotFoundException>(() => DecoderConfig.FromPretrained(folder.File("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("has no config.json", Assert.Throws<FileNotFoundException>(() => DecoderConfig.FromPretrained(folder.Path)).Message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("file"), "");
        Assert.Contains("it is a file", Assert.Throws<PretrainedModelException>(() => DecoderConfig.FromPretrained(folder.File("file"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_in_place_of_a_file_is_not_read()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The device is one of Linux.");
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.File("config.json"), "/dev/zero"); // has no end
        Assert.Contains("is not JSON", Assert.Throws<PretrainedModelException>(() => DecoderConfig.FromPretrained(folder.Path)).Message, StringComparison.Ordinal);
    }

    private static void Equal(DecoderConfig expected, string json)
    {
        var actual = DecoderConfig.FromJson(json);
        Assert.All(typeof(DecoderConfig).GetProperties().Where(p => !p.GetMethod!.IsStatic), p => Assert.Equal((p.Name, p.GetValue(expected)), (p.Name, p.GetValue(actual))));
    }
}
