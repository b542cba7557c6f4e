using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>down(activation(up(x))).</summary>
internal sealed class PlainMlp : Mlp
{
    private readonly Projection _up;
    private readonly Projection _down;
    private readonly MlpActivation _activation;

    internal PlainMlp(PartFactory parts, string up, string down)
        : base(nameof(PlainMlp))
    {
        var (inner, hidden, bias) = (parts.Config.IntermediateSize, parts.Config.HiddenSize, parts.Architecture.MlpBias(parts.Config));
        _activation = parts.Config.Activation;
        register_module(up, _up = parts.Projection(inner, hidden, bias));
        register_module(down, _down = parts.Projection(hidden, inner, bias));
    }

    /// <inheritdoc/>
    internal override Tensor Apply(Tensor x) => _down.Apply(_activation.Apply(_up.Apply(x)));
}
