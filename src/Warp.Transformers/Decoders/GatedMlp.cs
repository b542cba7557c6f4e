using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>down(silu(gate(x)) · up(x)) (SwiGLU; Shazeer: "GLU Variants Improve Transformer", arXiv 2002.05202).</summary>
internal sealed class GatedMlp : nn.Module
{
    [ComponentName(Name = "gate_proj")]
    private readonly Projection _gate;

    [ComponentName(Name = "up_proj")]
    private readonly Projection _up;

    [ComponentName(Name = "down_proj")]
    private readonly Projection _down;

    internal GatedMlp(DecoderConfig config, ScalarType type, Device device)
        : base(nameof(GatedMlp))
    {
        _gate = new Projection(config.IntermediateSize, config.HiddenSize, type, device);
        _up = new Projection(config.IntermediateSize, config.HiddenSize, type, device);
        _down = new Projection(config.HiddenSize, config.IntermediateSize, type, device);
        RegisterComponents();
    }

    /// <param name="x">[batch, length, hidden].</param>
    /// <returns>[batch, length, hidden].</returns>
    internal Tensor Apply(Tensor x) => _down.Apply(nn.functional.silu(_gate.Apply(x)).mul(_up.Apply(x)));
}
