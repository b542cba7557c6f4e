namespace Warp.Tests;

/// <summary>Tiny models of every architecture: what their files say, and what they must compute.</summary>
internal static class PlainCases
{
    public const int Vocabulary = 13;

    private const int Layers = 3;
    private const int Hidden = 8;
    private const int Heads = 4;
    private const int KeyValueHeads = 2;
    private const int HeadSize = 6; // not hidden / heads
    private const int Inner = 10;

    /// <summary>The common part of a config.json; more settings come in place of the star.</summary>
    private const string Shape = """
        "vocab_size": 13, "hidden_size": 8, "intermediate_size": 10, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2,
        "head_dim": 6, "max_position_embeddings": 2000, "bos_token_id": 1, "eos_token_id": null, "pad_token_id": 0
        """;

    public static IReadOnlyDictionary<string, Func<Case>> All { get; } = new Dictionary<string, Func<Case>>(StringComparer.Ordinal)
    {
        ["llama"] = () => Llama("llama", """ "rms_norm_eps": 1e-3, "rope_theta": 500 """, weights => Model(weights, epsilon: 1e-3, theta: 500)),
        ["llama with biases"] = () => Llama(
            "llama", """ "attention_bias": true, "mlp_bias": true, "rms_norm_eps": 1e-6 """, weights => Model(weights), biases: "q k v o gate up down"),
        ["llama, tied"] = () => Llama("llama", """ "tie_word_embeddings": true """, weights => Model(weights), tied: true),
        ["llama, linear scaling"] = () => Llama(
            "llama", """ "rope_scaling": {"type": "linear", "factor": 2.5} """, weights => Model(weights, scale: f => f / 2.5)),
        ["llama, llama3 scaling"] = () => Llama("llama", Llama3Scaling("rope_scaling", ""), weights => Model(weights, scale: Llama3)),
        ["llama, rope_parameters"] = () => Llama(
            "llama", Llama3Scaling("rope_parameters", """ "rope_theta": 300, """), weights => Model(weights, theta: 300, scale: Llama3)),
        ["mistral"] = () => Llama("mistral", """ "sliding_window": 5 """, weights => Model(weights, window: _ => 5)),
        ["mistral without a window"] = () => Llama("mistral", """ "sliding_window": null """, weights => Model(weights)),
        ["qwen2"] = () => Llama("qwen2", """ "use_sliding_window": false, "sliding_window": 3 """, weights => Model(weights), biases: "q k v"),
        ["qwen2 with a window"] = () => Llama(
            "qwen2",
            """ "use_sliding_window": true, "sliding_window": 4, "max_window_layers": 1 """,
            weights => Model(weights, window: layer => layer >= 1 ? 4 : null),
            biases: "q k v"),
        ["gemma"] = () => Llama("gemma", """ "hidden_act": "gelu" """, weights => Gemma(weights), tied: true),
        ["gemma, exact GELU"] = () => Llama(
            "gemma", """ "hidden_activation": "gelu", "attention_bias": true """, weights => Gemma(weights, PlainMath.Gelu), tied: true, biases: "q k v o"),
        ["gemma2"] = () => Llama(
            "gemma2",
            """ "sliding_window": 4, "query_pre_attn_scalar": 20, "attn_logit_softcapping": 1.5, "final_logit_softcapping": 2.5 """,
            weights => Gemma(weights, fourNorms: true, window: layer => layer % 2 == 0 ? 4 : null, scalar: 20, attentionCap: 1.5, logitCap: 2.5),
            tied: true,
            fourNorms: true),
        ["gemma2 without caps"] = () => Llama(
            "gemma2",
            """ "sliding_window": 4, "query_pre_attn_scalar": 20, "attn_logit_softcapping": null, "final_logit_softcapping": null """,
            weights => Gemma(weights, fourNorms: true, window: layer => layer % 2 == 0 ? 4 : null, scalar: 20),
            tied: true,
            fourNorms: true),
        ["gpt_neox"] = () => NeoX(""" "rotary_pct": 0.25 """, isParallel: true, rotated: 4),
        ["gpt_neox, one after the other"] = () => NeoX(
            """ "use_parallel_residual": false, "rotary_pct": 0.5, "rotary_emb_base": 200 """, isParallel: false, rotated: 8, theta: 200),
        ["gpt_neox without biases"] = () => NeoX(""" "attention_bias": false, "rotary_pct": 1.0 """, isParallel: true, rotated: 16, bias: false),
        ["gpt2"] = () => Gpt2("", scale: null),
        ["gpt2, scaled by layer"] = () => Gpt2(""" "scale_attn_by_inverse_layer_idx": true, """, layer => 1 / Math.Sqrt(4) / (layer + 1)),
        ["gpt2, not scaled"] = () => Gpt2(""" "scale_attn_weights": false, """, _ => 1),
    };

    private static Case Llama(
        string modelType, string settings, Func<PlainWeights, PlainModel> model, bool tied = false, string biases = "", bool fourNorms = false)
    {
        var lines = new List<string> { $"model.embed_tokens.weight {Vocabulary} {Hidden}", $"model.norm.weight {Hidden}" };
        if (!tied)
            lines.Add($"lm_head.weight {Vocabulary} {Hidden}");
        var biased = biases.Split(' ');
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = $"model.layers.{layer}.";
            string[] norms = ["input_layernorm", "post_attention_layernorm", .. fourNorms ? ["pre_feedforward_layernorm", "post_feedforward_layernorm"] : Array.Empty<string>()];
            lines.AddRange(norms.Select(norm => $"{name}{norm}.weight {Hidden}"));
            foreach (var (module, part, outputs, inputs) in new[]
            {
                ("self_attn", "q", Heads * HeadSize, Hidden), ("self_attn", "k", KeyValueHeads * HeadSize, Hidden), ("self_attn", "v", KeyValueHeads * HeadSize, Hidden),
                ("self_attn", "o", Hidden, Heads * HeadSize), ("mlp", "gate", Inner, Hidden), ("mlp", "up", Inner, Hidden), ("mlp", "down", Hidden, Inner),
            })
            {
                lines.Add($"{name}{module}.{part}_proj.weight {outputs} {inputs}");
                if (biased.Contains(part, StringComparer.Ordinal))
                    lines.Add($"{name}{module}.{part}_proj.bias {outputs}");
            }
        }

        var weights = new PlainWeights(7, string.Join('\n', lines));
        return new($$"""{"model_type": "{{modelType}}", {{Shape}}, {{settings}}}""", weights, model(weights));
    }

    private static PlainLlama Model(
        PlainWeights weights, double epsilon = 1e-6, double theta = 10_000, Func<double, double>? scale = null, Func<int, int?>? window = null) => new()
        {
            Weights = weights,
            Hidden = Hidden,
            HeadSize = HeadSize,
            Layers = Layers,
            Epsilon = epsilon,
            Frequencies = [.. PlainMath.Frequencies(HeadSize, theta).Select(f => scale?.Invoke(f) ?? f)],
            Window = window ?? (_ => null),
        };

    private static PlainLlama Gemma(
        PlainWeights weights,
        Func<double, double>? activation = null,
        bool fourNorms = false,
        Func<int, int?>? window = null,
        double? scalar = null,
        double? attentionCap = null,
        double? logitCap = null) => new()
        {
            Weights = weights,
            Hidden = Hidden,
            HeadSize = HeadSize,
            Layers = Layers,
            Frequencies = PlainMath.Frequencies(HeadSize, 10_000),
            Activation = activation ?? PlainMath.GeluTanh,
            IsGemma = true,
            HasFourNorms = fourNorms,
            Window = window ?? (_ => null),
            Scalar = scalar,
            AttentionCap = attentionCap,
            LogitCap = logitCap,
        };

    // Of the wavelengths 2π · {1, 22, 464} (θ = 10⁴) or 2π · {1, 6.7, 45} (θ = 300) the first stays, the second is interpolated, the third is stretched.
    private static string Llama3Scaling(string key, string more) =>
        $$""" "{{key}}": { {{more}} "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 8.0, "original_max_position_embeddings": 200} """;

    private static double Llama3(double frequency)
    {
        var wavelength = 2 * Math.PI / frequency;
        if (wavelength < 200 / 8.0)
            return frequency;
        if (wavelength > 200 / 1.0)
            return frequency / 8;
        var smooth = ((200 / wavelength) - 1) / (8 - 1);
        return ((1 - smooth) * frequency / 8) + (smooth * frequency);
    }

    private static Case NeoX(string settings, bool isParallel, int rotated, double theta = 10_000, bool bias = true)
    {
        const int Size = 16;
        const int Width = 2 * Size;
        var lines = new List<string>
        {
            $"gpt_neox.embed_in.weight {Vocabulary} {Width}", $"embed_out.weight {Vocabulary} {Width}",
            $"gpt_neox.final_layer_norm.weight {Width}", $"gpt_neox.final_layer_norm.bias {Width}",
        };
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = $"gpt_neox.layers.{layer}.";
            foreach (var norm in new[] { "input_layernorm", "post_attention_layernorm" })
                lines.AddRange([$"{name}{norm}.weight {Width}", $"{name}{norm}.bias {Width}"]);
            lines.AddRange([$"{name}attention.query_key_value.weight {3 * Width} {Width}", $"{name}attention.dense.weight {Width} {Width}"]);
            if (bias)
                lines.AddRange([$"{name}attention.query_key_value.bias {3 * Width}", $"{name}attention.dense.bias {Width}"]);
            lines.AddRange([$"{name}mlp.dense_h_to_4h.weight {Inner} {Width}", $"{name}mlp.dense_h_to_4h.bias {Inner}"]);
            lines.AddRange([$"{name}mlp.dense_4h_to_h.weight {Width} {Inner}", $"{name}mlp.dense_4h_to_h.bias {Width}"]);
        }

        var weights = new PlainWeights(8, string.Join('\n', lines));
        return new(
            $$"""
            {"model_type": "gpt_neox", "vocab_size": 13, "hidden_size": 32, "intermediate_size": 10, "num_hidden_layers": 3, "num_attention_heads": 2,
            "max_position_embeddings": 2000, "eos_token_id": null, {{settings}}}
            """,
            weights,
            new PlainNeoX
            {
                Weights = weights,
                Hidden = Width,
                HeadSize = Size,
                Layers = Layers,
                IsParallel = isParallel,
                Frequencies = PlainMath.Frequencies(rotated, theta),
            });
    }

    private static Case Gpt2(string settings, Func<int, double>? scale)
    {
        var lines = new List<string>
        {
            $"transformer.wte.weight {Vocabulary} {Hidden}", $"transformer.wpe.weight 40 {Hidden}", $"transformer.ln_f.weight {Hidden}", $"transformer.ln_f.bias {Hidden}",
        };
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = $"transformer.h.{layer}.";
            foreach (var norm in new[] { "ln_1", "ln_2" })
                lines.AddRange([$"{name}{norm}.weight {Hidden}", $"{name}{norm}.bias {Hidden}"]);
            foreach (var (part, inputs, outputs) in new[] { ("attn.c_attn", Hidden, 3 * Hidden), ("attn.c_proj", Hidden, Hidden), ("mlp.c_fc", Hidden, Inner), ("mlp.c_proj", Inner, Hidden) })
                lines.AddRange([$"{name}{part}.weight {inputs} {outputs}", $"{name}{part}.bias {outputs}"]);
        }

        var weights = new PlainWeights(9, string.Join('\n', lines));
        return new(
            $$"""{"model_type": "gpt2", "vocab_size": 13, "n_embd": 8, "n_inner": 10, "n_layer": 3, "n_head": 2, {{settings}} "n_positions": 40}""",
            weights,
            new PlainGpt2 { Weights = weights, Hidden = Hidden, HeadSize = Hidden / 2, Layers = Layers, Scale = scale });
    }

    /// <param name="Config">The text of config.json.</param>
    /// <param name="Weights">The weights.</param>
    /// <param name="Model">What must be computed.</param>
    internal sealed record Case(string Config, PlainWeights Weights, PlainModel Model);
}
