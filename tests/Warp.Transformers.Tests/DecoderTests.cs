using System.Runtime.InteropServices;
using TorchSharp;
using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

public class DecoderTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Weights_have_the_names_of_Hugging_Face(bool tied)
    {
        using var decoder = new Decoder(Tiny.Config with { Layers = 1, TieWordEmbeddings = tied }, new RandomStream(1));
        using var weights = ParameterSet.Of(decoder);
        string[] expected =
        [
            "model.embed_tokens.weight [12, 16]",
            "model.layers.0.input_layernorm.weight [16]",
            "model.layers.0.self_attn.q_proj.weight [16, 16]",
            "model.layers.0.self_attn.k_proj.weight [8, 16]",
            "model.layers.0.self_attn.v_proj.weight [8, 16]",
            "model.layers.0.self_attn.o_proj.weight [16, 16]",
            "model.layers.0.post_attention_layernorm.weight [16]",
            "model.layers.0.mlp.gate_proj.weight [24, 16]",
            "model.layers.0.mlp.up_proj.weight [24, 16]",
            "model.layers.0.mlp.down_proj.weight [16, 24]",
            "model.norm.weight [16]",
            .. tied ? Array.Empty<string>() : ["lm_head.weight [12, 16]"],
        ];
        Assert.Equal(expected.Order(StringComparer.Ordinal), weights.Select(t => $"{t.Name} [{string.Join(", ", t.Tensor.shape)}]").Order(StringComparer.Ordinal));
        Assert.Equal(tied ? ["lm_head.weight"] : [], weights["model.embed_tokens.weight"].Aliases);
        Assert.All(weights, t => Assert.True(t.IsTrainable));
    }

    [Fact]
    public void A_tied_head_is_the_embedding()
    {
        using var scope = NewDisposeScope();
        using var tied = new Decoder(Tiny.Config with { TieWordEmbeddings = true }, new RandomStream(1));
        using var untied = new Decoder(Tiny.Config, new RandomStream(2));
        using var from = ParameterSet.Of(tied);
        using var to = ParameterSet.Of(untied);
        using var noGradient = no_grad();
        foreach (var entry in to)
            entry.Tensor.copy_(from[entry.Name].Tensor);
        var ids = tensor(new long[] { 1, 5, 7, 2 }, [1, 4]);
        Tolerance.AssertClose(Tiny.Values(untied.forward(ids)), Tiny.Values(tied.forward(ids)), tolerance: 0);
    }

    [Fact]
    public void First_weights_depend_on_the_stream_alone()
    {
        using var first = Tiny.Policy(seed: 7);
        using var second = Tiny.Policy(seed: 7);
        using var other = Tiny.Policy(seed: 8);
        using var rounded = Tiny.Policy(seed: 7, type: ScalarType.BFloat16);
        foreach (var entry in first.Weights)
        {
            Assert.Equal(Tiny.Values(entry.Tensor), Tiny.Values(second.Weights[entry.Name].Tensor));
            using var bfloat16 = entry.Tensor.detach().to(ScalarType.BFloat16);
            Assert.Equal(Tiny.Values(bfloat16), Tiny.Values(rounded.Weights[entry.Name].Tensor));
            if (entry.Tensor.dim() == 2)
                Assert.NotEqual(Tiny.Values(entry.Tensor), Tiny.Values(other.Weights[entry.Name].Tensor));
        }
    }

    [Fact]
    public void First_weights_have_the_deviation_asked_for()
    {
        using var policy = Tiny.Policy(config: Tiny.Config with { VocabularySize = 1000 });
        var values = Tiny.Values(policy.Weights["model.embed_tokens.weight"].Tensor);
        // 16 000 draws: the mean errs by 0.4/√n = 0.0032, the deviation by 0.4/√(2n) = 0.0022; five standard errors are allowed.
        Assert.Equal(0, values.Average(), 5 * 0.0032);
        Assert.Equal(0.4, Math.Sqrt(values.Average(v => v * v)), 5 * 0.0022);
        Assert.All(Tiny.Values(policy.Weights["model.norm.weight"].Tensor), v => Assert.Equal(1, v));
    }

    [Fact]
    public void The_process_wide_stream_is_left_alone()
    {
        using var before = get_rng_state();
        using var policy = Tiny.Policy();
        policy.Generate([Tiny.Prompt(1, 2)], new SamplingOptions { MaxNewTokens = 3 }, new RandomStream(1));
        using var after = get_rng_state();
        Assert.Equal(before.data<byte>().ToArray(), after.data<byte>().ToArray());
    }

    [Fact]
    public void Conversion_in_place_is_refused_because_it_would_undo_the_tie()
    {
        using var policy = Tiny.Policy(config: Tiny.Config with { TieWordEmbeddings = true });
        var message = Assert.Throws<NotSupportedException>(() => policy.Decoder.to(ScalarType.BFloat16)).Message;
        Assert.StartsWith("This decoder is Float32 on cpu, chosen when it was made; it cannot become BFloat16 on cpu. Use CausalLmPolicy.Clone", message, StringComparison.Ordinal);
        Assert.Same(policy.Decoder, policy.Decoder.to(ScalarType.Float32).to(CPU));
        using var rounded = policy.Clone(ScalarType.BFloat16);
        Assert.Equal(["lm_head.weight"], rounded.Weights["model.embed_tokens.weight"].Aliases);
    }

    [Fact]
    public void Sequences_longer_than_the_model_are_refused()
    {
        using var decoder = new Decoder(Tiny.Config, new RandomStream(1));
        using var ids = zeros(1, 65, ScalarType.Int64);
        Assert.StartsWith(
            "The input is [1, 65]; it must be [batch, length] with at least one row and a length of 1 to 64.",
            Assert.Throws<ArgumentException>(() => decoder.forward(ids)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_that_the_model_does_not_have_are_refused_by_name()
    {
        using var scope = NewDisposeScope();
        using var decoder = new Decoder(Tiny.Config, new RandomStream(1));
        string Refusal(Tensor input) => Assert.Throws<ArgumentException>(() => decoder.forward(input)).Message;
        Assert.StartsWith("The input has the token id 12; the model's vocabulary is 0 to 11.", Refusal(tensor(new long[] { 1, 12 }, [1, 2])), StringComparison.Ordinal);
        Assert.StartsWith("The input has the token id -1; the model's vocabulary is 0 to 11.", Refusal(tensor(new[] { 1, -1 }, [1, 2])), StringComparison.Ordinal);
        Assert.StartsWith("The input is Float32; token ids are Int64 or Int32.", Refusal(ones(1, 2)), StringComparison.Ordinal);
        Assert.StartsWith("The input is [0, 2]; it must be [batch, length] with at least one row", Refusal(zeros(0, 2, ScalarType.Int64)), StringComparison.Ordinal);
        var outside = tensor(new long[] { 1, 12 }, [1, 2]);
        LiveTensors.AssertNoneLeft(() => Refusal(outside));
    }

    [Fact]
    public void Ids_may_be_int32_and_need_not_lie_in_order()
    {
        using var scope = NewDisposeScope();
        using var decoder = new Decoder(Tiny.Config, new RandomStream(1));
        var plain = Tiny.Values(decoder.forward(tensor(new long[] { 1, 3, 2, 4 }, [2, 2])));
        Assert.Equal(plain, Tiny.Values(decoder.forward(tensor(new long[] { 1, 2, 3, 4 }, [2, 2]).t())));
        Assert.Equal(plain, Tiny.Values(decoder.forward(tensor(new[] { 1, 3, 2, 4 }, [2, 2]))));
    }

    [Fact]
    public void Rotary_factors_are_made_once_and_grow()
    {
        using var scope = NewDisposeScope();
        using var rotary = new RotaryPositions(Tiny.Config with { MaxPositions = 1000 });
        var (first, _) = rotary.Range(3, 2, ScalarType.Float32, CPU);
        var before = LiveTensors.Count;
        var (second, _) = rotary.Range(3, 2, ScalarType.Float32, tensor(0).device);
        Assert.Equal(before + 3, LiveTensors.Count); // two views, and the tensor that gave its device
        var (grown, sines) = rotary.At(tensor(new long[] { 3, 4, 900 }, [1, 3]), 901, ScalarType.Float32);
        Assert.Equal(Tiny.Values(first), Tiny.Values(second));
        Assert.Equal(Tiny.Values(first), Tiny.Values(grown[0, TensorIndex.Slice(0, 2)]));
        // Head size 4: entry 1 turns with entry 3 by 900 · 10000^(−2/4) = 9 radians; the first half has the minus sign of the rotation.
        Assert.Equal([Math.Cos(9), -Math.Sin(9), Math.Sin(9)], [Tiny.Values(grown)[9], Tiny.Values(sines)[9], Tiny.Values(sines)[11]], (a, b) => Math.Abs(a - b) < 2e-6);
    }

    [Fact]
    public void Weights_outlive_the_dispose_scope_they_were_made_in()
    {
        CausalLmPolicy policy;
        using (NewDisposeScope())
        {
            policy = Tiny.Policy();
            policy.Generate([Tiny.Prompt(1, 2), Tiny.Prompt(3)], new SamplingOptions { MaxNewTokens = 2 }, new RandomStream(1));
        }

        using (policy)
            Assert.NotEmpty(Tiny.LogProbabilities(policy, [Tiny.Rollout([1], [2])]));
    }

    [Fact]
    public void A_model_that_there_is_no_memory_for_leaves_no_tensor_behind()
    {
        // One matrix of the MLP has 2⁴⁷ entries of four bytes: more than any process can address.
        var config = Tiny.Config with { HiddenSize = 1 << 16, Heads = 1, KeyValueHeads = 1, HeadSize = 2, IntermediateSize = int.MaxValue };
        LiveTensors.AssertNoneLeft(() => Assert.ThrowsAny<ExternalException>(() => new Decoder(config, new RandomStream(1))));
    }

    [Fact]
    public void Each_token_sees_only_what_is_before_it()
    {
        using var scope = NewDisposeScope();
        using var decoder = new Decoder(Tiny.Config, new RandomStream(1));
        var logits = decoder.forward(tensor(new long[] { 1, 5, 7, 2, 1, 5, 7, 9 }, [2, 4]));
        Tolerance.AssertClose(Tiny.Values(logits[0, TensorIndex.Slice(0, 3)]), Tiny.Values(logits[1, TensorIndex.Slice(0, 3)]), Tolerance.Float32);
        Assert.NotEqual(Tiny.Values(logits[0, 3]), Tiny.Values(logits[1, 3]));
    }
}
