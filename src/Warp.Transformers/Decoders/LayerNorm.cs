using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>(x − mean) / √(variance + ε) · weight + bias, over the last dimension (Ba, Kiros, Hinton: "Layer Normalization", arXiv 1607.06450).</summary>
internal sealed class LayerNorm : Norm
{
    private readonly Parameter _weight;
    private readonly Parameter _bias;
    private readonly double _epsilon;
    private readonly long[] _shape;

    internal LayerNorm(long size, double epsilon, ScalarType type, Device device)
        : base(nameof(LayerNorm))
    {
        _weight = new Parameter(ones(size, type, device));
        _bias = new Parameter(zeros(size, type, device));
        register_parameter("weight", _weight);
        register_parameter("bias", _bias);
        (_epsilon, _shape) = (epsilon, [size]);
    }

    /// <inheritdoc/>
    internal override Tensor Apply(Tensor x) => nn.functional.layer_norm(x, _shape, _weight, _bias, _epsilon);
}
