using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>What all blocks share in one pass over a batch of tokens.</summary>
/// <param name="Batch">The number of rows.</param>
/// <param name="Length">The number of tokens per row in this pass.</param>
/// <param name="Cosines">The rotary factors of the tokens' positions.</param>
/// <param name="Sines">The rotary factors of the tokens' positions.</param>
/// <param name="Mask">
/// What is added to the attention scores: 0 where a token may look, −∞ where not, [batch, 1, length, tokens so far]. Null: each token looks
/// at itself and all before it.
/// </param>
/// <param name="Cache">Where keys and values are kept for later passes; null keeps none.</param>
internal sealed record DecoderPass(int Batch, int Length, Tensor Cosines, Tensor Sines, Tensor? Mask, KeyValueCache? Cache);
