using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Brings the last dimension to a common scale.</summary>
internal abstract class Norm(string name) : Part(name)
{
    /// <param name="x">[…, size].</param>
    /// <returns>[…, size], in the type of <paramref name="x"/>.</returns>
    internal abstract Tensor Apply(Tensor x);
}
