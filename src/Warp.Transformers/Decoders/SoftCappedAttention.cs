using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Attention whose scores are squeezed into (−cap, cap) before the softmax; the fused operator has no place for that.</summary>
internal static class SoftCappedAttention
{
    /// <param name="queries">[batch, heads, tokens, size].</param>
    /// <param name="keys">[batch, heads, keys, size].</param>
    /// <param name="values">As <paramref name="keys"/>.</param>
    /// <param name="mask">Is added to the capped scores; null: all keys are seen.</param>
    /// <param name="scale">What the scores are multiplied by before they are capped.</param>
    /// <param name="cap">Above 0.</param>
    internal static Tensor Mix(Tensor queries, Tensor keys, Tensor values, Tensor? mask, double scale, double cap)
    {
        using var factor = scale.ToScalar();
        var scores = SoftCap.Apply(queries.matmul(keys.transpose(-2, -1)).mul_(factor), cap);
        if (mask is not null)
            scores = scores.add_(mask, HeldScalars.One);
        var type = scores.dtype;
        var weights = type == ScalarType.Float64 ? scores.softmax(-1) : scores.softmax(-1, ScalarType.Float32);
        return (type is ScalarType.Float32 or ScalarType.Float64 ? weights : weights.to(type)).matmul(values);
    }
}
