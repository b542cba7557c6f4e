using Warp.Quickstart;

namespace Warp.Tests;

public sealed class GrammarTests
{
    private static readonly IReadOnlyList<IReadOnlyList<string>> Corpus = ReviewGrammar.Corpus(3000, new RandomStream(5));

    [Fact]
    public void EveryReviewIsGrammaticalAndOfTheLengthPromised() =>
        Assert.All(Corpus, review =>
        {
            Assert.InRange(review.Count, ReviewGrammar.MinWords, ReviewGrammar.MaxWords);
            Assert.True(ReviewGrammar.IsGrammatical(review), string.Join(' ', review));
        });

    [Fact]
    public void LengthsAndMoodsVary()
    {
        Assert.True(Corpus.Select(r => r.Count).Distinct().Count() > 12);
        Assert.Contains(Corpus, review => GoldScorer.Score(review) > 1.5);
        Assert.Contains(Corpus, review => GoldScorer.Score(review) < -1.5);
    }

    [Fact]
    public void VocabularyIsSmallAndAllOfItIsUsed()
    {
        Assert.InRange(Lexicon.Words.Count, 195, 225);
        Assert.Equal(Lexicon.Words.Count, Lexicon.Words.Select(w => w.Text).Distinct(StringComparer.Ordinal).Count());
        Assert.Empty(Lexicon.Words.Select(w => w.Text).Except(Corpus.SelectMany(r => r), StringComparer.Ordinal));
    }

    [Fact]
    public void SameSeedGivesTheSameReviewsAndAnotherSeedOthers()
    {
        Assert.Equal(Corpus.Take(50), ReviewGrammar.Corpus(50, new RandomStream(5)));
        Assert.NotEqual(Corpus.Take(50), ReviewGrammar.Corpus(50, new RandomStream(6)));
    }

    [Theory]
    [InlineData("the film was good .", 0)]
    [InlineData("the film was a good .", 1)] // without "a" all is well
    [InlineData("the film were good .", 1)]
    [InlineData("it was an good film .", 1)]
    [InlineData("it was an awful film !", 0)]
    [InlineData("the film was good", 1)] // does not end
    [InlineData("the film was good , and", 1)] // does not end
    [InlineData("the film was good good .", 1)]
    [InlineData("film the was good .", 2)] // "film" cannot begin; "was" cannot follow "the"
    [InlineData("the <pad> film was good .", 1)]
    [InlineData("", 1)]
    public void ViolationsAreCounted(string review, int violations) =>
        Assert.Equal(violations, ReviewGrammar.Violations(review.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void TooShortIsNotGrammatical() => Assert.False(ReviewGrammar.IsGrammatical(["the", "film", "was", "good", "."]));
}
