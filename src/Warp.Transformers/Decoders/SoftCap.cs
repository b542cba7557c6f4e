using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>cap · tanh(x / cap): about x for small x, never beyond ±cap (Bello et al.: arXiv 1611.09940, section 3).</summary>
internal static class SoftCap
{
    /// <summary>Applies it; <paramref name="x"/> is overwritten.</summary>
    internal static Tensor Apply(Tensor x, double cap)
    {
        using var bound = cap.ToScalar();
        return x.div_(bound).tanh().mul(bound);
    }
}
