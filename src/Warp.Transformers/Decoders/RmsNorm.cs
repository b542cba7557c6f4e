using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>x / √(mean(x²) + ε) · weight, over the last dimension (Zhang, Sennrich: "Root Mean Square Layer Normalization", arXiv 1910.07467).</summary>
internal sealed class RmsNorm : nn.Module
{
    private static readonly long[] LastDimension = [-1];

    [ComponentName(Name = "weight")]
    private readonly Parameter _weight;

    private readonly Scalar _epsilon;

    internal RmsNorm(long size, double epsilon, ScalarType type, Device device)
        : base(nameof(RmsNorm))
    {
        _weight = new Parameter(ones(size, type, device));
        _weight.DetachFromDisposeScope();
        _epsilon = epsilon.ToScalar();
        RegisterComponents();
    }

    /// <param name="x">[…, size]. The square and its mean are taken in float32 at least.</param>
    /// <returns>[…, size], in the type of <paramref name="x"/>.</returns>
    internal Tensor Apply(Tensor x)
    {
        var type = x.dtype;
        var wide = type is ScalarType.Float32 or ScalarType.Float64 ? x : x.to(ScalarType.Float32);
        // Neither the mean nor the root needs what is overwritten here for its gradient.
        var scale = wide.square().mean(LastDimension, keepdim: true).add_(_epsilon).rsqrt_();
        var unit = wide.mul(scale);
        return (ReferenceEquals(wide, x) ? unit : unit.to(type)).mul(_weight);
    }
}
