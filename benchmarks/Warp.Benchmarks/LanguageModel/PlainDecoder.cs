using static TorchSharp.torch;

namespace Warp.Benchmarks;

/// <summary>
/// The same model as it is written first: attention in plain operators, a cache grown by concatenation, every row decoded to the end, the
/// log-softmax of the whole vocabulary kept at every position.
/// </summary>
internal sealed class PlainDecoder(ParameterSet weights)
{
    private const double Theta = 10_000;
    private const double Epsilon = 1e-5;

    private static readonly int Heads = BenchmarkModel.Config.Heads;
    private static readonly int HeadSize = BenchmarkModel.Config.HeadSize;

    /// <summary>log p of each token after the prompt, [rows, new tokens]; the rows have one length.</summary>
    internal Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts)
    {
        var all = Rows(rollouts.Select(r => r.Prompt.TokenIds.Concat(r.Completion.TokenIds)));
        var length = all.shape[1] - 1;
        var logits = Forward(all.narrow(1, 0, length), cache: null);
        var tokens = logits.log_softmax(-1).gather(2, all.narrow(1, 1, length).unsqueeze(2)).squeeze(2);
        return tokens.narrow(1, length - BenchmarkModel.NewTokens, BenchmarkModel.NewTokens);
    }

    /// <summary>Samples from the whole distribution: [rows, new tokens].</summary>
    internal Tensor Generate(IReadOnlyList<Prompt> prompts, int newTokens, Generator generator)
    {
        using var noGradient = no_grad();
        var cache = new (Tensor Keys, Tensor Values)?[BenchmarkModel.Config.Layers];
        var fed = Rows(prompts.Select(p => p.TokenIds));
        var written = new List<Tensor>();
        for (var t = 0; t < newTokens; t++)
        {
            using var step = NewDisposeScope();
            var logits = Forward(fed, cache);
            fed = logits.select(1, logits.shape[1] - 1).softmax(-1).multinomial(1, replacement: false, generator).MoveToOuterDisposeScope();
            written.Add(fed);
            foreach (var (keys, values) in cache.OfType<(Tensor, Tensor)>())
                (_, _) = (keys.MoveToOuterDisposeScope(), values.MoveToOuterDisposeScope());
        }

        return cat(written, 1);
    }

    private static Tensor Rows(IEnumerable<IEnumerable<int>> ids)
    {
        var rows = ids.Select(row => row.Select(id => (long)id).ToArray()).ToArray();
        return tensor([.. rows.SelectMany(r => r)], [rows.Length, rows[0].Length], ScalarType.Int64);
    }

    private static Tensor Norm(Tensor x, Tensor weight) => x * (x.pow(2).mean([-1], keepdim: true) + Epsilon).rsqrt() * weight;

    private static Tensor Turn(Tensor x, long start)
    {
        var frequencies = (arange(0, HeadSize, 2, ScalarType.Float32) * (-Math.Log(Theta) / HeadSize)).exp();
        var angles = arange(start, start + x.shape[2], ScalarType.Float32).unsqueeze(1) * frequencies.unsqueeze(0);
        var (cosines, sines) = (cat([angles.cos(), angles.cos()], -1), cat([angles.sin(), angles.sin()], -1));
        var turned = cat([-x.narrow(-1, HeadSize / 2, HeadSize / 2), x.narrow(-1, 0, HeadSize / 2)], -1);
        return (x * cosines) + (turned * sines);
    }

    private static Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], Heads, HeadSize).transpose(1, 2);

    private Tensor Forward(Tensor ids, (Tensor Keys, Tensor Values)?[]? cache)
    {
        var x = Weight("model.embed_tokens").index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], -1);
        for (var layer = 0; layer < BenchmarkModel.Config.Layers; layer++)
        {
            var name = $"model.layers.{layer}.";
            x += Attention(Norm(x, Weight(name + "input_layernorm")), name + "self_attn.", layer, cache);
            var normal = Norm(x, Weight(name + "post_attention_layernorm"));
            var gated = nn.functional.silu(Linear(normal, name + "mlp.gate_proj")) * Linear(normal, name + "mlp.up_proj");
            x += Linear(gated, name + "mlp.down_proj");
        }

        return Linear(Norm(x, Weight("model.norm")), "lm_head");
    }

    private Tensor Attention(Tensor x, string name, int layer, (Tensor Keys, Tensor Values)?[]? cache)
    {
        var (queries, keys, values) = (Split(Linear(x, name + "q_proj")), Split(Linear(x, name + "k_proj")), Split(Linear(x, name + "v_proj")));
        var before = cache?[layer]?.Keys.shape[2] ?? 0;
        (queries, keys) = (Turn(queries, before), Turn(keys, before));
        if (cache is not null)
        {
            if (cache[layer] is var (oldKeys, oldValues))
                (keys, values) = (cat([oldKeys, keys], 2), cat([oldValues, values], 2));
            cache[layer] = (keys, values);
        }

        var scores = queries.matmul(keys.transpose(-2, -1)) / Math.Sqrt(HeadSize);
        var (length, seen) = (queries.shape[2], keys.shape[2]);
        var hidden = ones([length, seen], ScalarType.Bool).triu(seen - length + 1);
        var mixed = scores.masked_fill(hidden, float.NegativeInfinity).softmax(-1).matmul(values);
        return Linear(mixed.transpose(1, 2).reshape(x.shape[0], length, -1), name + "o_proj");
    }

    private Tensor Linear(Tensor x, string name) => nn.functional.linear(x, Weight(name));

    private Tensor Weight(string name) => weights[name + ".weight"].Tensor;
}
