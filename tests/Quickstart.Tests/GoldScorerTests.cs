using Warp.Quickstart;

namespace Warp.Tests;

public sealed class GoldScorerTests
{
    // A handful of float64 operations on numbers of about 1.
    private const double Rounding = 1e-12;

    // Weights: good 1, brilliant 3, boring −2, loved 3; very × 1.5; rather × 0.75; a negation × −½.
    [Theory]
    [InlineData("the film was good .", 1, 5, 0, 0)]
    [InlineData("the film was very good .", 1.5, 6, 0, 0)]
    [InlineData("the film was rather boring .", -1.5, 6, 0, 0)]
    [InlineData("the film was not brilliant .", -1.5, 6, 0, 0)]
    [InlineData("the film was not boring .", 1, 6, 0, 0)]
    [InlineData("the film was not very brilliant .", -2.25, 7, 0, 0)]
    [InlineData("it was not a brilliant film .", -1.5, 7, 0, 0)]
    [InlineData("i never loved it .", -1.5, 5, 0, 0)]
    [InlineData("the film was not long , and the cast was brilliant .", 3, 12, 0, 0)] // the negation ends with its clause
    [InlineData("the film was good and good .", 2, 7, 0, 1)]
    [InlineData("the film was very very good .", 1.5, 7, 1, 1)]
    [InlineData("brilliant brilliant brilliant", 9, 3, 4, 2)] // three words out of place, no end
    [InlineData("", 0, 1, 1, 0)]
    public void IsSentimentOverRootLengthLessViolationsAndRepeats(string review, double sentiment, int length, int violations, int repeats) =>
        Assert.Equal(
            sentiment / Math.Sqrt(length) - violations - 0.5 * repeats,
            GoldScorer.Score(review.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
            Rounding);

    [Fact]
    public async Task RewardModelScoresPromptAndCompletionTogether()
    {
        var tokenizer = new WordTokenizer();
        string[] review = ["the", "film", "was", "good", "."];
        var rollout = new Rollout(tokenizer.PromptOf(review), new Completion("good.", [.. tokenizer.Encode(["good", "."]), WordTokenizer.EndId], false));

        var reward = Assert.Single(await GoldScorer.AsRewardModel(tokenizer).ScoreAsync([rollout], TestContext.Current.CancellationToken));

        Assert.Equal(1 / Math.Sqrt(5), reward.Value, Rounding);
    }

    [Fact]
    public async Task SpecialTokensInsideAReviewAreViolations()
    {
        var tokenizer = new WordTokenizer();
        var rollout = new Rollout(
            tokenizer.PromptOf(["the", "film", "was"]),
            new Completion("good.", [.. tokenizer.Encode(["good"]), WordTokenizer.PadId, .. tokenizer.Encode(["."]), WordTokenizer.EndId], false));

        var reward = Assert.Single(await GoldScorer.AsRewardModel(tokenizer).ScoreAsync([rollout], TestContext.Current.CancellationToken));

        Assert.Equal(1 / Math.Sqrt(6) - 1, reward.Value, Rounding);
    }
}
