using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// Causal self-attention. Groups of query heads may share keys and values (Ainslie et al.: "GQA", arXiv 2305.13245), tokens may see only a window
/// of those before them (Jiang et al.: "Mistral 7B", arXiv 2310.06825), and scores may be capped (Gemma Team: "Gemma 2", arXiv 2408.00118).
/// </summary>
internal sealed class Attention : Part
{
    // Where masks are needed, this many tokens are done at a time (or a window's width): memory grows with the length, not with its square.
    private const int ChunkRows = 512;

    private readonly DecoderConfig _config;
    private readonly int _layer;
    private readonly int? _window;
    private readonly double _scale;
    private readonly double? _softCap;
    private readonly bool _hasUsualScale;
    private readonly HeadProjections _heads;
    private readonly Projection _output;

    internal Attention(PartFactory parts, int layer)
        : base(nameof(Attention))
    {
        (_config, _layer) = (parts.Config, layer);
        _window = _config.WindowOf(layer);
        _scale = _config.AttentionScaleOf(layer);
        _softCap = _config.AttentionSoftCap;
        _hasUsualScale = _config.HasUsualAttentionScale;
        var architecture = parts.Architecture;
        _heads = architecture.Heads(parts, this);
        _output = parts.Projection(_config.HiddenSize, (long)_config.Heads * _config.HeadSize, architecture.AttentionOutputBias(_config));
        register_module(architecture.Names.AttentionOutput, _output);
    }

    /// <param name="x">[batch, length, hidden].</param>
    /// <param name="pass">What the blocks share.</param>
    /// <returns>[batch, length, hidden].</returns>
    internal Tensor Apply(Tensor x, DecoderPass pass)
    {
        var (queries, keys, values) = _heads.Apply(x);
        if (pass.Rotation is { } rotation)
            (queries, keys) = (rotation.Turn(queries), rotation.Turn(keys));
        return _output.Apply(pass.Length == 1 ? MixOne(queries, keys, values, pass) : MixMany(queries, keys, values, pass));
    }

    /// <summary>One new token: the query heads of a group stand where the tokens of a sequence would, so keys and values need no copies.</summary>
    private Tensor MixOne(Tensor queries, Tensor keys, Tensor values, DecoderPass pass)
    {
        queries = queries.reshape(pass.Batch, _config.KeyValueHeads, _config.GroupSize, _config.HeadSize);
        keys = keys.transpose(1, 2);
        values = values.transpose(1, 2);
        if (pass.Cache is not null)
            (keys, values) = pass.Cache.Append(_layer, keys, values, 1);
        var (tokens, mask) = (keys.shape[2], pass.Mask);
        if (_window is { } window && window < tokens)
        {
            (keys, values) = (keys.narrow(2, tokens - window, window), values.narrow(2, tokens - window, window));
            mask = mask?.narrow(3, tokens - window, window);
        }

        return Mix(queries, keys, values, mask).reshape(pass.Batch, 1, (long)_config.Heads * _config.HeadSize);
    }

    private Tensor MixMany(Tensor queries, Tensor keys, Tensor values, DecoderPass pass)
    {
        (queries, keys, values) = (queries.transpose(1, 2), keys.transpose(1, 2), values.transpose(1, 2));
        if (pass.Cache is not null)
            (keys, values) = pass.Cache.Append(_layer, keys, values, pass.Length);
        var tokens = (int)keys.shape[2];
        var window = _window < tokens ? _window : null;
        (keys, values) = (Repeat(keys), Repeat(values));
        var needsNoBand = window is null && _softCap is null && (pass.Mask is not null || tokens == pass.Length);
        var mixed = needsNoBand
            ? Mix(queries, keys, values, pass.Mask, isCausal: pass.Mask is null)
            : MixInChunks(queries, keys, values, window, pass);
        return mixed.transpose(1, 2).reshape(pass.Batch, pass.Length, (long)_config.Heads * _config.HeadSize);
    }

    /// <summary>With an explicit mask, for some tokens at a time and only the keys that they may see.</summary>
    private Tensor MixInChunks(Tensor queries, Tensor keys, Tensor values, int? window, DecoderPass pass)
    {
        var start = (int)keys.shape[2] - pass.Length;
        var rows = Math.Max(window ?? 0, ChunkRows);
        var mixed = new List<Tensor>();
        for (var from = 0; from < pass.Length; from += rows)
        {
            var count = Math.Min(rows, pass.Length - from);
            var end = start + from + count;
            var first = window is { } width ? Math.Max(0, start + from - width + 1) : 0;
            var mask = pass.Mask?.narrow(2, from, count).narrow(3, first, end - first);
            // A mask that was given hides what comes later already.
            if (mask is null || window is not null)
            {
                var band = pass.Band(count, end - first, start + from - first, window, queries);
                mask = mask is null ? band : mask.add(band, HeldScalars.One);
            }

            mixed.Add(Mix(queries.narrow(2, from, count), keys.narrow(2, first, end - first), values.narrow(2, first, end - first), mask));
        }

        return mixed.Count == 1 ? mixed[0] : cat(mixed, 2);
    }

    /// <summary>softmax(cap(q kᵀ · scale) + mask) v, of [batch, heads, tokens, size] each.</summary>
    private Tensor Mix(Tensor queries, Tensor keys, Tensor values, Tensor? mask, bool isCausal = false)
    {
        if (_softCap is { } cap)
            return SoftCappedAttention.Mix(queries, keys, values, mask, _scale, cap);
        if (!_hasUsualScale)
        {
            // The operator itself divides by the root of the head's size.
            using var scale = (_scale * Math.Sqrt(_config.HeadSize)).ToScalar();
            queries = queries.mul(scale);
        }

        return nn.functional.scaled_dot_product_attention(queries, keys, values, mask, is_casual: isCausal);
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
