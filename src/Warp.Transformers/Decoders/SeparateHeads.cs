using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>A matrix each for queries, keys and values.</summary>
internal sealed class SeparateHeads : HeadProjections
{
    private readonly DecoderConfig _config;
    private readonly Projection _queries;
    private readonly Projection _keys;
    private readonly Projection _values;

    internal SeparateHeads(PartFactory parts, nn.Module owner, string queries, string keys, string values)
    {
        _config = parts.Config;
        var bias = parts.Architecture.QueryKeyValueBias(_config);
        owner.register_module(queries, _queries = parts.Projection((long)_config.Heads * _config.HeadSize, _config.HiddenSize, bias));
        owner.register_module(keys, _keys = parts.Projection((long)_config.KeyValueHeads * _config.HeadSize, _config.HiddenSize, bias));
        owner.register_module(values, _values = parts.Projection((long)_config.KeyValueHeads * _config.HeadSize, _config.HiddenSize, bias));
    }

    /// <inheritdoc/>
    internal override (Tensor Queries, Tensor Keys, Tensor Values) Apply(Tensor x) =>
        (Heads(_queries.Apply(x), _config.Heads), Heads(_keys.Apply(x), _config.KeyValueHeads), Heads(_values.Apply(x), _config.KeyValueHeads));

    private Tensor Heads(Tensor x, int heads) => x.view(x.shape[0], x.shape[1], heads, _config.HeadSize);
}
