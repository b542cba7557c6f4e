using Warp.Transformers;

namespace Warp.Tests;

/// <summary>One token per character: 'a' is 0, 'b' is 1, and so on.</summary>
internal sealed class TestTokenizer(int[]? ends = null, int pad = 0, int? start = null) : ITokenizer
{
    public IReadOnlyList<int> EndTokenIds { get; } = ends ?? [];

    public int PadTokenId { get; } = pad;

    public int? StartTokenId { get; } = start;

    public IReadOnlyList<int> Encode(string text) => [.. text.Select(c => c - 'a')];

    public string Decode(IReadOnlyList<int> tokenIds) => string.Concat(tokenIds.Select(id => (char)('a' + id)));
}
