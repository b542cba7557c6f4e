using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>down(activation(gate(x)) · up(x)) (SwiGLU, GeGLU; Shazeer: "GLU Variants Improve Transformer", arXiv 2002.05202).</summary>
internal sealed class GatedMlp : Mlp
{
    private readonly Projection _gate;
    private readonly Projection _up;
    private readonly Projection _down;
    private readonly MlpActivation _activation;

    internal GatedMlp(PartFactory parts, string gate, string up, string down)
        : base(nameof(GatedMlp))
    {
        var (inner, hidden, bias) = (parts.Config.IntermediateSize, parts.Config.HiddenSize, parts.Architecture.MlpBias(parts.Config));
        _activation = parts.Config.Activation;
        register_module(gate, _gate = parts.Projection(inner, hidden, bias));
        register_module(up, _up = parts.Projection(inner, hidden, bias));
        register_module(down, _down = parts.Projection(hidden, inner, bias));
    }

    /// <inheritdoc/>
    internal override Tensor Apply(Tensor x) => _down.Apply(_activation.Apply(_gate.Apply(x)).mul(_up.Apply(x)));
}
