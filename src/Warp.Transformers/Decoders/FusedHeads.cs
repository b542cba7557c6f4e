using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>One matrix for queries, keys and values, kept as it is stored.</summary>
internal sealed class FusedHeads : HeadProjections
{
    private readonly DecoderConfig _config;
    private readonly Projection _all;
    private readonly bool _byHead;

    /// <param name="parts">Makes the matrix.</param>
    /// <param name="owner">The module that it is registered with.</param>
    /// <param name="name">Its name.</param>
    /// <param name="byHead">
    /// The order of its outputs: whether the query, key and value of a head stand together (GPT-NeoX), or first all queries, then all keys,
    /// then all values (GPT-2).
    /// </param>
    internal FusedHeads(PartFactory parts, nn.Module owner, string name, bool byHead)
    {
        (_config, _byHead) = (parts.Config, byHead);
        owner.register_module(name, _all = parts.Projection(3L * _config.HiddenSize, _config.HiddenSize, parts.Architecture.QueryKeyValueBias(_config)));
    }

    /// <inheritdoc/>
    internal override (Tensor Queries, Tensor Keys, Tensor Values) Apply(Tensor x)
    {
        var (batch, length, part) = (x.shape[0], x.shape[1], _byHead ? 3 : 2);
        var all = _byHead
            ? _all.Apply(x).view(batch, length, _config.Heads, 3, _config.HeadSize)
            : _all.Apply(x).view(batch, length, 3, _config.Heads, _config.HeadSize);
        return (all.select(part, 0), all.select(part, 1), all.select(part, 2));
    }
}
