using Warp.Transformers;

namespace Warp.Tool.Commands;

/// <summary>Another tokenizer without its end tokens: generation goes on to the greatest length.</summary>
internal sealed class EndlessTokenizer(ITokenizer inner) : ITokenizer
{
    public IReadOnlyList<int> EndTokenIds => [];

    // Generation pads by itself; the folder's own id may lie outside the model's vocabulary, which is refused of a tokenizer that is given.
    public int PadTokenId => 0;

    public int? StartTokenId => inner.StartTokenId;

    public IReadOnlyList<int> Encode(string text) => inner.Encode(text);

    public string Decode(IReadOnlyList<int> tokenIds) => inner.Decode(tokenIds);
}
