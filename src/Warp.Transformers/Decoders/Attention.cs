using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Causal self-attention in which groups of query heads share keys and values (Ainslie et al.: "GQA", arXiv 2305.13245).</summary>
internal sealed class Attention : nn.Module
{
    private readonly DecoderConfig _config;
    private readonly RotaryPositions _rotary;
    private readonly int _layer;

    [ComponentName(Name = "q_proj")]
    private readonly Projection _queries;

    [ComponentName(Name = "k_proj")]
    private readonly Projection _keys;

    [ComponentName(Name = "v_proj")]
    private readonly Projection _values;

    [ComponentName(Name = "o_proj")]
    private readonly Projection _output;

    internal Attention(DecoderConfig config, int layer, RotaryPositions rotary, ScalarType type, Device device)
        : base(nameof(Attention))
    {
        (_config, _layer, _rotary) = (config, layer, rotary);
        _queries = new Projection((long)config.Heads * config.HeadSize, config.HiddenSize, type, device);
        _keys = new Projection((long)config.KeyValueHeads * config.HeadSize, config.HiddenSize, type, device);
        _values = new Projection((long)config.KeyValueHeads * config.HeadSize, config.HiddenSize, type, device);
        _output = new Projection(config.HiddenSize, (long)config.Heads * config.HeadSize, type, device);
        RegisterComponents();
    }

    /// <param name="x">[batch, length, hidden].</param>
    /// <param name="pass">What the blocks share.</param>
    /// <returns>[batch, length, hidden].</returns>
    internal Tensor Apply(Tensor x, DecoderPass pass)
    {
        var (batch, length) = (pass.Batch, pass.Length);
        var queries = _rotary.Turn(_queries.Apply(x).view(batch, length, _config.Heads, _config.HeadSize), pass.Cosines, pass.Sines);
        var keys = _rotary.Turn(_keys.Apply(x).view(batch, length, _config.KeyValueHeads, _config.HeadSize), pass.Cosines, pass.Sines);
        var values = _values.Apply(x).view(batch, length, _config.KeyValueHeads, _config.HeadSize);
        var mixed = length == 1 ? MixOne(queries, keys, values, pass) : MixMany(queries, keys, values, pass);
        return _output.Apply(mixed);
    }

    /// <summary>One new token: the query heads of a group stand where the tokens of a sequence would, so keys and values need no copies.</summary>
    private Tensor MixOne(Tensor queries, Tensor keys, Tensor values, DecoderPass pass)
    {
        queries = queries.view(pass.Batch, _config.KeyValueHeads, _config.GroupSize, _config.HeadSize);
        keys = keys.view(pass.Batch, _config.KeyValueHeads, 1, _config.HeadSize);
        values = values.view(pass.Batch, _config.KeyValueHeads, 1, _config.HeadSize);
        if (pass.Cache is not null)
            (keys, values) = pass.Cache.Append(_layer, keys, values, 1);
        return nn.functional.scaled_dot_product_attention(queries, keys, values, pass.Mask)
            .reshape(pass.Batch, 1, _config.Heads * _config.HeadSize);
    }

    private Tensor MixMany(Tensor queries, Tensor keys, Tensor values, DecoderPass pass)
    {
        (keys, values) = (keys.transpose(1, 2), values.transpose(1, 2));
        if (pass.Cache is not null)
            (keys, values) = pass.Cache.Append(_layer, keys, values, pass.Length);
        return nn.functional.scaled_dot_product_attention(
                queries.transpose(1, 2), Repeat(keys), Repeat(values), pass.Mask, is_casual: pass.Mask is null)
            .transpose(1, 2)
            .reshape(pass.Batch, pass.Length, _config.Heads * _config.HeadSize);
    }

    /// <summary>[batch, key heads, tokens, size] → [batch, heads, tokens, size]: each key head once for every query head of its group.</summary>
    private Tensor Repeat(Tensor heads)
    {
        if (_config.GroupSize == 1)
            return heads;
        var (batch, tokens) = (heads.shape[0], heads.shape[2]);
        return heads.unsqueeze(2)
            .expand(batch, _config.KeyValueHeads, _config.GroupSize, tokens, _config.HeadSize)
            .reshape(batch, _config.Heads, tokens, _config.HeadSize);
    }
}
