using Warp.Transformers;

namespace Warp.Tool.Commands;

/// <summary>Another tokenizer without its end tokens: generation goes on to the greatest length.</summary>
internal sealed class EndlessTokenizer(ITokenizer inner) : ITokenizer
{
    public IReadOnlyList<int> EndTokenIds => [];

    public int PadTokenId => inner.PadTokenId;

    public int? StartTokenId => inner.StartTokenId;

    public IReadOnlyList<int> Encode(string text) => inner.Encode(text);

    public string Decode(IReadOnlyList<int> tokenIds) => inner.Decode(tokenIds);
}
