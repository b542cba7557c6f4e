using MathNet.Numerics.Statistics;
using TorchSharp;
using Warp.Quickstart;

namespace Warp.Tests;

public sealed class ReviewRewardModelTests
{
    // float32 sums of about 200 terms, in an order that may differ with the number of rows; scores are of the order of 1.
    private const double BatchRounding = 1e-4;

    private static readonly IReadOnlyList<IReadOnlyList<int>> Reviews = ReviewSamples.Make(2400, new RandomStream(1));
    private static readonly IReadOnlyList<PreferencePair> Pairs = Preferences.Label(Reviews, ReviewSamples.Gold, 0.15, new RandomStream(2));
    private static readonly IReadOnlyList<IReadOnlyList<int>> Reference = ReviewSamples.Make(100, new RandomStream(3));

    [Fact]
    public void LearnsWhatGoldLikes()
    {
        using var model = Train(Pairs.Take(800), epochs: 15);

        var quality = RewardModelQuality.Measure(model, [.. Pairs.Skip(800)], ReviewSamples.Gold);
        TestContext.Current.SendDiagnosticMessage("accuracy {0}, correlation with gold {1:0.00} ± {2:0.00}", quality.Accuracy, quality.GoldCorrelation, quality.GoldCorrelationError);

        // Chance is ½ with a standard error of ½/√400 = 0.025, and correlation 0 with 1/√799 = 0.035: five of each.
        Assert.Equal(400, quality.Accuracy.Count);
        Assert.True(quality.Accuracy.Mean > 0.5 + 5 * 0.025, $"accuracy {quality.Accuracy}");
        Assert.True(quality.GoldAgreement.Mean > 0.5 + 5 * 0.025, $"agreement {quality.GoldAgreement}");
        Assert.True(quality.GoldCorrelation > 5 * 0.035, $"correlation {quality.GoldCorrelation}");
    }

    [Fact]
    public void IsStandardisedOnTheReference()
    {
        using var model = Train(Pairs.Take(50));

        var (mean, deviation) = model.Score(Reference).MeanStandardDeviation();

        // Standardised in float64 from the same float32 scores.
        Assert.Equal(0, mean, 1e-9);
        Assert.Equal(1, deviation, 1e-9);
    }

    [Fact]
    public void SameSeedGivesTheSameModelWhateverTheGlobalStreamDoes()
    {
        using var first = Train(Pairs.Take(50));
        using (torch.rand(10))
        {
        }

        using var second = Train(Pairs.Take(50));

        Assert.Equal(first.Score(Reference), second.Score(Reference));
    }

    [Fact]
    public void DoesNotDrawFromTheGlobalStream()
    {
        using var before = torch.get_rng_state();
        using var model = Train(Pairs.Take(50));
        using var after = torch.get_rng_state();

        Assert.True(before.Equals(after));
    }

    [Fact]
    public void ScoreDoesNotDependOnTheBatch()
    {
        using var model = Train(Pairs.Take(50));
        var together = model.Score(Reference);

        for (var i = 0; i < Reference.Count; i++)
            Assert.Equal(together[i], Assert.Single(model.Score([Reference[i]])), BatchRounding);
    }

    [Fact]
    public async Task SeveralThreadsMayAskAtOnce()
    {
        using var model = Train(Pairs.Take(50));
        var expected = model.Score(Reference);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => model.Score(Reference))));

        Assert.All(answers, answer => Assert.All(answer.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, BatchRounding)));
    }

    [Fact]
    public async Task RolloutsAreScoredAsReviews()
    {
        using var model = Train(Pairs.Take(50));
        var tokenizer = ReviewSamples.Tokenizer;
        var completion = new Completion("good.", [.. tokenizer.Encode("good ."), WordTokenizer.EndId], false);

        var reward = Assert.Single(await model.ScoreAsync([new(tokenizer.PromptOf(["the", "film", "was"]), completion)], TestContext.Current.CancellationToken));

        Assert.Equal(Assert.Single(model.Score([tokenizer.Encode("the film was good .")])), reward.Value, BatchRounding);
    }

    [Fact]
    public void SwappedLabelsTurnAccuracyRoundAndLeaveGoldAlone()
    {
        using var model = Train(Pairs.Take(50));
        var heldOut = Pairs.Skip(50).Take(100).ToList();

        var asLabelled = RewardModelQuality.Measure(model, heldOut, ReviewSamples.Gold);
        var swapped = RewardModelQuality.Measure(model, [.. heldOut.Select(p => new PreferencePair(p.Other, p.Preferred))], ReviewSamples.Gold);

        // Counts out of 100 and sums of 200 products, in float64.
        Assert.Equal(1, asLabelled.Accuracy.Mean + swapped.Accuracy.Mean, 1e-9);
        Assert.Equal(asLabelled.GoldAgreement.Mean, swapped.GoldAgreement.Mean, 1e-9);
        Assert.Equal(asLabelled.GoldCorrelation, swapped.GoldCorrelation, 1e-9);
    }

    [Fact]
    public void NoTensorIsLeftBehind() =>
        LiveTensors.AssertNoneLeft(() =>
        {
            using var model = Train(Pairs.Take(50));
            _ = model.Score(Reference);
        });

    private static ReviewRewardModel Train(IEnumerable<PreferencePair> pairs, int epochs = 1) =>
        ReviewRewardModel.Train(
            ReviewSamples.Tokenizer.VocabularySize, [.. pairs], Reference, new RewardTrainingOptions { Epochs = epochs }, new RandomStream(7));
}
