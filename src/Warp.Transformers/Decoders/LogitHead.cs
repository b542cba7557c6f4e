using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>
/// From normalised hidden states to logits, in the type of the logits: in bfloat16 the logits themselves would err by about 2e-2, and sampler
/// and scorer would disagree.
/// </summary>
/// <param name="Weight">[vocabulary, hidden]: the decoder's own matrix, or a copy in the type of the logits.</param>
/// <param name="Cap">What the logits are squeezed into, ±; null: no limit.</param>
internal sealed record LogitHead(Tensor Weight, double? Cap) : IDisposable
{
    /// <param name="states">[…, hidden].</param>
    /// <returns>[…, vocabulary]; the caller may overwrite it where no gradient is recorded.</returns>
    internal Tensor Apply(Tensor states)
    {
        var logits = nn.functional.linear(states, Weight);
        return Cap is { } cap ? SoftCap.Apply(logits, cap) : logits;
    }

    /// <summary>Frees the copy, if it is one.</summary>
    public void Dispose()
    {
        if (Weight is not Parameter)
            Weight.Dispose();
    }
}
