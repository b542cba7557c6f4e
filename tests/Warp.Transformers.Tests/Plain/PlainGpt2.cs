using static Warp.Tests.PlainMath;

namespace Warp.Tests;

/// <summary>GPT-2.</summary>
internal sealed class PlainGpt2 : PlainModel
{
    private const double Epsilon = 1e-5;

    public required int Hidden { get; init; }

    public required int HeadSize { get; init; }

    public required int Layers { get; init; }

    public Func<int, double>? Scale { get; init; }

    public override double[][] Logits(IReadOnlyList<int> ids)
    {
        double[][] x = [.. ids.Select((id, t) => Add(Row(Weights["transformer.wte.weight"], id, Hidden), Row(Weights["transformer.wpe.weight"], t, Hidden)))];
        for (var layer = 0; layer < Layers; layer++)
        {
            var name = $"transformer.h.{layer}.";
            var attention = Attention(x.Select(row => Norm(row, name + "ln_1")).ToArray(), name + "attn.", Scale?.Invoke(layer) ?? 1 / Math.Sqrt(HeadSize));
            x = [.. x.Zip(attention, Add)];
            x = [.. x.Select(row => Add(row, Project([.. Project(Norm(row, name + "ln_2"), name + "mlp.c_fc").Select(GeluTanh)], name + "mlp.c_proj")))];
        }

        return [.. x.Select(row => Linear(Weights["transformer.wte.weight"], Norm(row, "transformer.ln_f")))];
    }

    private double[] Norm(double[] row, string name) => LayerNorm(row, Weights[name + ".weight"], Weights[name + ".bias"], Epsilon);

    private double[] Project(double[] row, string name) => Conv1D(Weights[name + ".weight"], row, Weights[name + ".bias"]);

    private double[][] Attention(double[][] x, string name, double scale)
    {
        double[][] all = [.. x.Select(row => Project(row, name + "c_attn"))];
        double[][][] Part(int part) => Heads([.. all.Select(row => row[(part * Hidden)..((part + 1) * Hidden)])], HeadSize);
        var (queries, keys, values) = (Part(0), Part(1), Part(2));
        var mixed = Join([.. queries.Select((q, h) => Attend(q, keys[h], values[h], scale))]);
        return [.. mixed.Select(row => Project(row, name + "c_proj"))];
    }
}
