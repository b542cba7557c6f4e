using System.Text.Json;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A small Llama whose tensors sit at awkward angles, merged in float64 by an independent implementation and rounded once to float32.</summary>
public sealed class OracleMergeTests
{
    /// <summary>
    /// An average kept in float32 rounds by half a unit three times per update, and 1 − μ of that remains in the next: at most
    /// 1.5 · Σ 0.99ᵗ &lt; 150 units of 2⁻²⁴ of the largest weight.
    /// </summary>
    private const double Float32Average = 150.0 / (1 << 24);

    [Theory]
    [InlineData("slerp_layer_l0", Granularity.Layer, 0.0)]
    [InlineData("slerp_layer_l0.5", Granularity.Layer, 0.5)]
    [InlineData("slerp_layer_l1", Granularity.Layer, 1.0)]
    [InlineData("slerp_tensor_l0.5", Granularity.Tensor, 0.5)]
    [InlineData("slerp_model_l0.5", Granularity.Model, 0.5)]
    public void Two_policies(string file, Granularity granularity, double lambda)
    {
        using var data = new Oracle();
        using var expected = Oracle.Load(file);
        using var merged = new SlerpMerger(new MergeOptions { Granularity = granularity, Lambda = lambda }).Merge(data.Init, [data.A, data.B]);
        AssertRoundedOnce(expected, merged.Weights);
    }

    [Fact]
    public void Lambda_0_and_1_give_the_policies_bit_for_bit()
    {
        using var data = new Oracle();
        using var first = new SlerpMerger(new MergeOptions { Lambda = 0 }).Merge(data.Init, [data.A, data.B]);
        using var second = new SlerpMerger(new MergeOptions { Lambda = 1 }).Merge(data.Init, [data.A, data.B]);
        Bits.AssertSame(data.A, first.Weights);
        Bits.AssertSame(data.B, second.Weights);
    }

    [Fact]
    public void Three_policies_and_LITI()
    {
        using var data = new Oracle();
        using var expected = Oracle.Load("slerp_layer_M3");
        using var merged = new SlerpMerger().Merge(data.Init, [data.A, data.B, data.C]);
        AssertRoundedOnce(expected, merged.Weights);

        // LITI of the unrounded merge, so it is merged to float64 here; the start is widened to match.
        using var expectedLiti = Oracle.Load("liti_layer_M3_eta0.3");
        using var wide = new SlerpMerger(new MergeOptions { OutputType = ScalarType.Float64 }).Merge(data.Init, [data.A, data.B, data.C]);
        using var start = data.Init.Clone(ScalarType.Float64);
        using var liti = new LitiInterpolator().Interpolate(start, wide.Weights, 0.3);
        AssertRoundedOnce(expectedLiti, liti);

        // With η among the settings, nothing is rounded between, whatever the type.
        using var atOnce = new SlerpMerger(new MergeOptions { Eta = 0.3 }).Merge(data.Init, [data.A, data.B, data.C]);
        AssertRoundedOnce(expectedLiti, atOnce.Weights);
    }

    [Theory]
    [InlineData(Granularity.Layer)]
    [InlineData(Granularity.Tensor)]
    [InlineData(Granularity.Model)]
    public void Angles_and_groups(Granularity granularity)
    {
        using var data = new Oracle();
        using var merged = new SlerpMerger(new MergeOptions { Granularity = granularity, Lambda = 0.5 }).Merge(data.Init, [data.A, data.B]);
        using var info = JsonDocument.Parse(File.ReadAllText(SharedData.Path("oracle", "merge", "info.json")));
        var key = granularity switch { Granularity.Layer => "layer", Granularity.Tensor => "tensor", _ => "model" };
        var groups = info.RootElement.GetProperty("groups").GetProperty(key);
        var angles = info.RootElement.GetProperty("angles").GetProperty(key);
        Assert.Equal(groups.EnumerateObject().Count(), merged.Report.Groups.Count);
        foreach (var expected in groups.EnumerateObject())
        {
            var names = expected.Value.EnumerateArray().Select(n => n.GetString()!).Order(StringComparer.Ordinal);
            var group = Assert.Single(merged.Report.Groups, g => g.Tensors.Order(StringComparer.Ordinal).SequenceEqual(names));
            var angle = angles.GetProperty(expected.Name);
            if (angle.ValueKind == JsonValueKind.Null)
                Assert.Null(Assert.Single(group.Steps).AngleDegrees);
            else
                Assert.Equal(angle.GetDouble(), Assert.Single(group.Steps).AngleDegrees!.Value, Tolerance.AngleDegrees);
        }
    }

    [Fact]
    public void Opposite_tensors_are_warned_of_by_name()
    {
        using var data = new Oracle();
        using var merged = new SlerpMerger(new MergeOptions { Granularity = Granularity.Tensor }).Merge(data.Init, [data.A, data.B]);
        var warning = Assert.Single(merged.Report.Warnings);
        Assert.Contains("'model.layers.1.post_attention_layernorm.weight'", warning, StringComparison.Ordinal);
        Assert.Contains("'model.layers.1.self_attn.k_proj.weight'", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_updates_of_an_average_towards_a()
    {
        using var data = new Oracle();
        using var expected = Oracle.Load("ema_const_a_100");
        using var narrow = new EmaAnchor(new TinyPolicy(data.Init.Clone()), rate: 0.01);
        using var wide = new EmaAnchor(new TinyPolicy(data.Init.Clone(ScalarType.Float64)), rate: 0.01);
        for (var t = 0; t < 100; t++)
        {
            narrow.Update(data.A);
            wide.Update(data.A);
        }

        AssertRoundedOnce(expected, wide.Weights);
        foreach (var entry in expected)
        {
            var values = entry.Values();
            Tolerance.AssertClose(values, narrow.Weights[entry.Name].Values(), Float32Average, Tolerance.Scale(values, data.A[entry.Name].Values(), data.Init[entry.Name].Values()));
        }
    }

    private static void AssertRoundedOnce(ParameterSet expected, ParameterSet actual)
    {
        Assert.Equal(expected.Count, actual.Count);
        foreach (var entry in expected)
            Tolerance.AssertFloat32(entry.Values(), actual[entry.Name].Values(), Tolerance.NearlyOpposite);
    }

    private sealed class Oracle : IDisposable
    {
        public ParameterSet Init { get; } = Load("init");

        public ParameterSet A { get; } = Load("a");

        public ParameterSet B { get; } = Load("b");

        public ParameterSet C { get; } = Load("c");

        public static ParameterSet Load(string name) => Safetensors.Load(SharedData.Path("oracle", "merge", $"{name}.safetensors"));

        public void Dispose()
        {
            Init.Dispose();
            A.Dispose();
            B.Dispose();
            C.Dispose();
        }
    }
}
