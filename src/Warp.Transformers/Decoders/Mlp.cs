using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>What a block does to each token by itself.</summary>
internal abstract class Mlp(string name) : Part(name)
{
    /// <param name="x">[batch, length, hidden].</param>
    /// <returns>[batch, length, hidden].</returns>
    internal abstract Tensor Apply(Tensor x);
}
