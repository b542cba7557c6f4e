using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>x / √(mean(x²) + ε) · weight, over the last dimension (Zhang, Sennrich: "Root Mean Square Layer Normalization", arXiv 1910.07467).</summary>
internal sealed class RmsNorm : Norm
{
    private static readonly long[] LastDimension = [-1];

    private readonly Parameter _weight;
    private readonly Scalar _epsilon;
    private readonly bool _isOffset;

    /// <param name="size">The last dimension.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="type">The type of the weight.</param>
    /// <param name="device">Where it lies.</param>
    /// <param name="isOffset">
    /// Whether the factor is 1 + weight (Gemma), and then multiplied before the result is rounded to its type; Llama rounds first.
    /// </param>
    internal RmsNorm(long size, double epsilon, ScalarType type, Device device, bool isOffset = false)
        : base(nameof(RmsNorm))
    {
        _weight = new Parameter(isOffset ? zeros(size, type, device) : ones(size, type, device));
        register_parameter("weight", _weight);
        (_epsilon, _isOffset) = (epsilon.ToScalar(), isOffset);
    }

    /// <inheritdoc/>
    /// <remarks>The square and its mean are taken in float32 at least.</remarks>
    internal override Tensor Apply(Tensor x)
    {
        var type = x.dtype;
        var wide = type is ScalarType.Float32 or ScalarType.Float64 ? x : x.to(ScalarType.Float32);
        // Neither the mean nor the root needs what is overwritten here for its gradient.
        var scale = wide.mul(wide).mean(LastDimension, keepdim: true).add_(_epsilon, HeldScalars.One).rsqrt_();
        var unit = wide.mul(scale);
        var isWide = ReferenceEquals(wide, x);
        if (!_isOffset)
            return (isWide ? unit : unit.to(type)).mul(_weight);
        var scaled = unit.mul(isWide ? _weight.add(HeldScalars.One, HeldScalars.One) : _weight.to(ScalarType.Float32).add_(HeldScalars.One, HeldScalars.One));
        return isWide ? scaled : scaled.to(type);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _epsilon.Dispose();
        base.Dispose(disposing);
    }
}
