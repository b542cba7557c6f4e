using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>What all blocks share in one pass over a batch of tokens.</summary>
/// <param name="Batch">The number of rows.</param>
/// <param name="Length">The number of tokens per row in this pass.</param>
/// <param name="Positions">The tokens' positions, [batch, length], int64; null: they go on from the cache, the same in all rows.</param>
/// <param name="Rotation">The rotary factors of these positions; null if positions are learned.</param>
/// <param name="Mask">
/// What is added to the attention scores: 0 where a token may look, −∞ where not, [batch, 1, length, tokens so far]. Null: each token looks
/// at itself and all before it. Sliding windows come on top of either.
/// </param>
/// <param name="Cache">Where keys and values are kept for later passes; null keeps none.</param>
internal sealed record DecoderPass(int Batch, int Length, Tensor? Positions, Rotation? Rotation, Tensor? Mask, KeyValueCache? Cache)
{
    private readonly Dictionary<(int, int, int, int?), Tensor> _masks = [];

    /// <summary>The number of tokens in the cache before this pass.</summary>
    internal int Start => Cache?.Length ?? 0;

    /// <summary>
    /// What is added to the scores between consecutive tokens and consecutive keys so that token i sees key j only if i − window &lt; j ≤ i. Made
    /// once per pass, for all blocks.
    /// </summary>
    /// <param name="rows">The number of tokens.</param>
    /// <param name="columns">The number of keys.</param>
    /// <param name="shift">How much later in the sequence the first token is than the first key.</param>
    /// <param name="window">The width of the window; null: no limit.</param>
    /// <param name="like">Has the type and the device that the mask is to have.</param>
    /// <returns>[rows, columns].</returns>
    internal Tensor Band(int rows, int columns, int shift, int? window, Tensor like)
    {
        if (_masks.TryGetValue((rows, columns, shift, window), out var made))
            return made;
        using var noGradient = no_grad();
        var tokens = HeldScalars.Range(shift, shift + rows, ScalarType.Int64, like.device).unsqueeze(1);
        var keys = HeldScalars.Range(0, columns, ScalarType.Int64, like.device).unsqueeze(0);
        var hidden = keys.gt(tokens);
        if (window is { } most)
        {
            using var width = most.ToScalar();
            hidden = hidden.logical_or_(keys.le(tokens.sub(width)));
        }

        return _masks[(rows, columns, shift, window)] = zeros([rows, columns], like.dtype, like.device).masked_fill_(hidden, HeldScalars.MinusInfinity);
    }
}
