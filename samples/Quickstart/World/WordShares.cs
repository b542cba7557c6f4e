using static TorchSharp.torch;

namespace Warp.Quickstart;

/// <summary>Reviews as shares of words. Multiplied by an embedding table they give the mean of the words' embeddings.</summary>
internal static class WordShares
{
    /// <summary>A float32 tensor of shape [reviews, vocabulary] whose rows sum to 1; special tokens do not count, and a row without words is 0.</summary>
    internal static Tensor Of(IReadOnlyList<IReadOnlyList<int>> reviews, int vocabularySize)
    {
        var shares = new float[reviews.Count * vocabularySize];
        for (var i = 0; i < reviews.Count; i++)
        {
            var words = reviews[i].Where(WordTokenizer.IsWord).ToList();
            foreach (var id in words)
            {
                ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, vocabularySize);
                shares[i * vocabularySize + id] += 1f / words.Count;
            }
        }

        return tensor(shares, [reviews.Count, vocabularySize]);
    }
}
