namespace Warp;

internal static class TokenIdCheck
{
    internal static void ThrowIfNegative(IReadOnlyList<int> tokenIds, string of)
    {
        for (var i = 0; i < tokenIds.Count; i++)
        {
            if (tokenIds[i] < 0)
                throw new ArgumentException($"Token id {i} of the {of} is {tokenIds[i]}; ids are 0 or more.", nameof(tokenIds));
        }
    }
}
