using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Numbers that stay alive while torch reads them, which temporary ones may not (docs/decisions/0008).</summary>
internal static class HeldScalars
{
    internal static readonly Scalar Zero = 0.ToScalar();
    internal static readonly Scalar One = 1.ToScalar();
    internal static readonly Scalar MinusInfinity = double.NegativeInfinity.ToScalar();

    /// <summary>start, start + step, … below <paramref name="stop"/>.</summary>
    internal static Tensor Range(long start, long stop, ScalarType type, Device device, long step = 1)
    {
        using var first = start.ToScalar();
        using var end = stop.ToScalar();
        using var stride = step.ToScalar();
        return arange(first, end, stride, type, device);
    }
}
