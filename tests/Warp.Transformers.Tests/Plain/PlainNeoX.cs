using static Warp.Tests.PlainMath;

namespace Warp.Tests;

/// <summary>GPT-NeoX and Pythia.</summary>
internal sealed class PlainNeoX : PlainModel
{
    private const double Epsilon = 1e-5;

    public required int Hidden { get; init; }

    public required int HeadSize { get; init; }

    public required int Layers { get; init; }

    public required double[] Frequencies { get; init; }

    public required bool IsParallel { get; init; }

    public override double[][] Logits(IReadOnlyList<int> ids)
    {
        double[][] x = [.. ids.Select(id => Row(Weights["gpt_neox.embed_in.weight"], id, Hidden))];
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = $"gpt_neox.layers.{layer}.";
            double[] Mlp(double[] row) =>
                Project([.. Project(Norm(row, name + "post_attention_layernorm"), name + "mlp.dense_h_to_4h").Select(Gelu)], name + "mlp.dense_4h_to_h");

            var attention = Attention(x.Select(row => Norm(row, name + "input_layernorm")).ToArray(), name + "attention.");
            var added = x.Zip(attention, Add).ToArray();
            x = [.. added.Select((row, t) => Add(row, Mlp(IsParallel ? x[t] : row)))];
        }

        return [.. x.Select(row => Linear(Weights["embed_out.weight"], Norm(row, "gpt_neox.final_layer_norm")))];
    }

    private double[] Norm(double[] row, string name) => LayerNorm(row, Weights[name + ".weight"], Weights[name + ".bias"], Epsilon);

    private double[] Project(double[] row, string name) => Linear(Weights[name + ".weight"], row, Weights.Find(name + ".bias"));

    private double[][] Attention(double[][] x, string name)
    {
        // Each head's outputs stand together: its query, its key, its value.
        var all = Heads([.. x.Select(row => Project(row, name + "query_key_value"))], 3 * HeadSize);
        var mixed = Join([.. all.Select(head => Attend(
            [.. head.Select((h, t) => Turn(h[..HeadSize], t, Frequencies))],
            [.. head.Select((h, t) => Turn(h[HeadSize..(2 * HeadSize)], t, Frequencies))],
            [.. head.Select(h => h[(2 * HeadSize)..])],
            1 / Math.Sqrt(HeadSize)))]);
        return [.. mixed.Select(row => Project(row, name + "dense"))];
    }
}
