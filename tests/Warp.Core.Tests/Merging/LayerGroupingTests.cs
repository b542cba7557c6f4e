using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class LayerGroupingTests
{
    [Theory]
    [InlineData("model.layers.3.mlp.up_proj.weight", "model.layers.3")]
    [InlineData("model.layers.12.input_layernorm.weight", "model.layers.12")]
    [InlineData("transformer.h.0.attn.c_attn.bias", "transformer.h.0")]
    [InlineData("h.7.ln.weight", "h.7")]
    [InlineData("gpt_neox.layers.5.attention.query_key_value.weight", "gpt_neox.layers.5")]
    [InlineData("gpt_neox.embed_in.weight", "gpt_neox.embed_in.weight")]
    [InlineData("encoder.layer.11.output.dense.weight", "encoder.layer.11")]
    [InlineData("blocks.2.w", "blocks.2")]
    [InlineData("block.2.w", "block.2")]
    [InlineData("blk.2.attn_q.weight", "blk.2")]
    [InlineData("a.layers.1.b.layers.2.w", "a.layers.1")]
    [InlineData("model.embed_tokens.weight", "model.embed_tokens.weight")]
    [InlineData("model.norm.weight", "model.norm.weight")]
    [InlineData("lm_head.weight", "lm_head.weight")]
    [InlineData("layers.3", "layers.3")]
    [InlineData("model.sublayers.3.w", "model.sublayers.3.w")]
    [InlineData("model.layers.x.w", "model.layers.x.w")]
    [InlineData("", "")]
    public void A_block_is_the_path_down_to_its_number(string name, string group) => Assert.Equal(group, LayerGrouping.LayerOf(name));

    [Fact]
    public void Null_is_refused() => Assert.Throws<ArgumentNullException>("tensorName", () => LayerGrouping.LayerOf(null!));

    [Fact]
    public void Groups_by_granularity()
    {
        using var weights = Sets.Of(ScalarType.Float32, ("embed", [1]), ("h.0.a", [1]), ("h.1.a", [1]), ("h.0.b", [1]));
        Assert.Equal(["embed: embed", "h.0: h.0.a h.0.b", "h.1: h.1.a"], Groups(new MergeOptions()));
        Assert.Equal(["embed: embed", "h.0.a: h.0.a", "h.1.a: h.1.a", "h.0.b: h.0.b"], Groups(new MergeOptions { Granularity = Granularity.Tensor }));
        Assert.Equal(["model: embed h.0.a h.1.a h.0.b"], Groups(new MergeOptions { Granularity = Granularity.Model }));
        Assert.Equal(["a: h.0.a h.1.a", "b: h.0.b", "d: embed"], Groups(new MergeOptions { GroupOf = name => name[^1..] }).Order(StringComparer.Ordinal));
        Assert.Throws<ArgumentOutOfRangeException>(() => Groups(new MergeOptions { Granularity = (Granularity)9 }));

        string[] Groups(MergeOptions options) => [.. LayerGrouping.Group(weights, options).Select(g => $"{g.Key}: {string.Join(' ', g.Select(t => t.Name))}")];
    }
}
