using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>From the residual stream to queries, keys and values.</summary>
internal abstract class HeadProjections
{
    /// <param name="x">[batch, length, hidden].</param>
    /// <returns>Each [batch, length, heads, head size]; keys and values have their own number of heads. They may be views of one tensor.</returns>
    internal abstract (Tensor Queries, Tensor Keys, Tensor Values) Apply(Tensor x);
}
