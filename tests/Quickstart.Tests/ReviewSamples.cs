using Warp.Quickstart;

namespace Warp.Tests;

/// <summary>Stands in for samples of an SFT policy: grammar-made reviews, some of them with a word or two replaced at random.</summary>
internal static class ReviewSamples
{
    internal static readonly WordTokenizer Tokenizer = new();

    internal static double Gold(IReadOnlyList<int> ids) => GoldScorer.Score(Tokenizer.Words(ids));

    internal static IReadOnlyList<IReadOnlyList<int>> Make(int count, RandomStream random)
    {
        var reviews = new List<IReadOnlyList<int>>(count);
        foreach (var review in ReviewGrammar.Corpus(count, random))
        {
            var words = review.ToArray();
            var slips = Math.Max(0, random.NextInt32(12) - 9); // mostly none, else one or two
            for (var i = 0; i < slips; i++)
                words[random.NextInt32(words.Length)] = Lexicon.Words[random.NextInt32(Lexicon.Words.Count)].Text;
            reviews.Add(Tokenizer.Encode(words));
        }

        return reviews;
    }
}
