using static Warp.Tests.PlainMath;

namespace Warp.Tests;

/// <summary>Llama, Mistral, Qwen2, Gemma and Gemma 2.</summary>
internal sealed class PlainLlama : PlainModel
{
    public required int Hidden { get; init; }

    public required int HeadSize { get; init; }

    public required int Layers { get; init; }

    public double Epsilon { get; init; } = 1e-6;

    public required double[] Frequencies { get; init; }

    public Func<double, double> Activation { get; init; } = Silu;

    public Func<int, int?> Window { get; init; } = _ => null;

    /// <summary>Gemma: norms multiply by 1 + w, and embeddings by the root of the width.</summary>
    public bool IsGemma { get; init; }

    /// <summary>Gemma 2: norms before and after attention and MLP.</summary>
    public bool HasFourNorms { get; init; }

    public double? Scalar { get; init; }

    public double? AttentionCap { get; init; }

    public double? LogitCap { get; init; }

    public override double[][] Logits(IReadOnlyList<int> ids)
    {
        var embedding = Weights["model.embed_tokens.weight"];
        double[][] x = [.. ids.Select(id => Row(embedding, id, Hidden).Select(v => IsGemma ? v * Math.Sqrt(Hidden) : v).ToArray())];
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = $"model.layers.{layer}.";
            var attention = Attention(x.Select(row => Norm(row, name + "input_layernorm")).ToArray(), name + "self_attn.", Window(layer));
            if (HasFourNorms)
                attention = [.. attention.Select(row => Norm(row, name + "post_attention_layernorm"))];
            x = [.. x.Zip(attention, Add)];
            var inner = HasFourNorms ? "pre_feedforward_layernorm" : "post_attention_layernorm";
            x = [.. x.Select(row =>
            {
                var mlp = Mlp(Norm(row, name + inner), name + "mlp.");
                return Add(row, HasFourNorms ? Norm(mlp, name + "post_feedforward_layernorm") : mlp);
            })];
        }

        var head = Weights.Find("lm_head.weight") ?? embedding;
        return [.. x.Select(row => Linear(head, Norm(row, "model.norm")).Select(l => Cap(l, LogitCap)).ToArray())];
    }

    private double[] Norm(double[] row, string name) => RmsNorm(row, Weights[name + ".weight"], Epsilon, IsGemma ? 1 : 0);

    private double[] Project(double[] row, string name) => Linear(Weights[name + ".weight"], row, Weights.Find(name + ".bias"));

    private double[] Mlp(double[] row, string name)
    {
        double[] gated = [.. Project(row, name + "gate_proj").Zip(Project(row, name + "up_proj"), (g, u) => Activation(g) * u)];
        return Project(gated, name + "down_proj");
    }

    private double[][] Attention(double[][] x, string name, int? window)
    {
        double[][][] Turned(string projection) =>
            [.. Heads([.. x.Select(row => Project(row, name + projection))], HeadSize).Select(head => head.Select((h, t) => Turn(h, t, Frequencies)).ToArray())];

        var (queries, keys) = (Turned("q_proj"), Turned("k_proj"));
        var values = Heads([.. x.Select(row => Project(row, name + "v_proj"))], HeadSize);
        var group = queries.Length / keys.Length;
        var mixed = Join([.. queries.Select((q, h) => Attend(q, keys[h / group], values[h / group], 1 / Math.Sqrt(Scalar ?? HeadSize), window, AttentionCap))]);
        return [.. mixed.Select(row => Project(row, name + "o_proj"))];
    }
}
