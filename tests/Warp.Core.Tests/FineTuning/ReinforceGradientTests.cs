using MathNet.Numerics.Statistics;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>The estimator's mean against the exact gradient of the KL-regularised objective, enumerated over all completions.</summary>
public sealed class ReinforceGradientTests
{
    private const double Temperature = 0.9;
    private const double Beta = 0.3;
    private const int Longest = 3;
    private const int Start = 1;

    // 9 components, each tested at 5 standard errors: a correct estimator fails about once in 200,000 seeds, and the seed is fixed.
    private const double StandardErrors = 5;

    private static readonly double[,] Policy = { { 0.2, -0.4, 0.1 }, { -0.3, 0.5, 0.2 }, { 0.4, 0.1, -0.6 } };
    private static readonly double[,] Anchor = { { 0, 0.3, -0.2 }, { 0.6, -0.1, 0 }, { -0.4, 0.2, 0.3 } };

    [Theory]
    [InlineData(Baseline.None, 1.0)]
    [InlineData(Baseline.LeaveOneOut, 1.0)]
    [InlineData(Baseline.MovingAverage, 1.0)]
    [InlineData(Baseline.BatchMean, 1 - 1.0 / 8)] // its own reward is part of the mean of 8: expectation shrinks by (1 − 1/8)
    public async Task The_mean_gradient_is_the_exact_one(Baseline baseline, double factor)
    {
        var (policyTable, anchorTable) = (MarkovEnumeration.LogTable(Policy, Temperature), MarkovEnumeration.LogTable(Anchor, Temperature));
        var exact = MarkovEnumeration.ExpectedScore(Policy, Temperature, Start, Longest, y =>
            Score(y) - Beta * (MarkovEnumeration.LogProbability(policyTable, Start, y) - MarkovEnumeration.LogProbability(anchorTable, Start, y)));

        var gradients = await SampleGradients(baseline, steps: 3000, microBatchTokens: 8 * (1 + Longest));

        for (var i = 0; i < 9; i++)
        {
            // The first step of a moving average is centred on its own batch; leave it out.
            var component = gradients.Skip(1).Select(g => -g[i]).ToArray();
            var error = component.StandardDeviation() / Math.Sqrt(component.Length);
            Assert.InRange(component.Mean() - factor * exact[i / 3, i % 3], -StandardErrors * error, StandardErrors * error);
        }
    }

    [Fact]
    public async Task Without_the_penalty_the_mean_would_be_another()
    {
        // The test above can fail: the exact gradients with and without the KL term differ by many standard errors.
        var with = MarkovEnumeration.ExpectedScore(Policy, Temperature, Start, Longest, y =>
            Score(y) - Beta * (MarkovEnumeration.LogProbability(MarkovEnumeration.LogTable(Policy, Temperature), Start, y)
                - MarkovEnumeration.LogProbability(MarkovEnumeration.LogTable(Anchor, Temperature), Start, y)));
        var without = MarkovEnumeration.ExpectedScore(Policy, Temperature, Start, Longest, Score);
        var gradients = await SampleGradients(Baseline.LeaveOneOut, steps: 3000, microBatchTokens: 8 * (1 + Longest));

        var apart = Enumerable.Range(0, 9).Max(i =>
            Math.Abs(with[i / 3, i % 3] - without[i / 3, i % 3]) / (gradients.Select(g => g[i]).StandardDeviation() / Math.Sqrt(gradients.Count)));
        Assert.True(apart > 2 * StandardErrors, $"The two gradients are only {apart} standard errors apart.");
    }

    [Fact]
    public async Task Micro_batches_change_only_rounding()
    {
        var whole = await SampleGradients(Baseline.LeaveOneOut, steps: 20, microBatchTokens: 8 * (1 + Longest));
        var split = await SampleGradients(Baseline.LeaveOneOut, steps: 20, microBatchTokens: 3 * (1 + Longest));

        // Float32 sums of 8 terms of size about 1, in another order.
        const double Tolerance = 8 * 6e-8 * 4;
        for (var t = 0; t < whole.Count; t++)
            Assert.All(whole[t].Zip(split[t]), pair => Assert.Equal(pair.First, pair.Second, Tolerance));
    }

    private static double Score(IReadOnlyList<int> completion) => completion.Sum(t => t) - 0.5 * completion.Count;

    private static async Task<List<double[]>> SampleGradients(Baseline baseline, int steps, int microBatchTokens)
    {
        using var policy = new MarkovPolicy(Policy);
        using var anchor = new GradientSpy(new FixedAnchor(new MarkovPolicy(Anchor)));
        var trainer = new ReinforceTrainer(
            policy, anchor, RewardModel.From(r => Score(r.Completion.TokenIds)), [MarkovPolicy.StartingAt(Start)], new ReinforceOptions
            {
                Steps = steps,
                PromptsPerStep = 2,
                CompletionsPerPrompt = 4,
                Sampling = new SamplingOptions { Temperature = Temperature, MaxNewTokens = Longest },
                KlCoefficient = Beta,
                Baseline = baseline,
                LearningRate = 1e-12, // the policy stays where it is
                WarmupSteps = 0,
                MaxGradientNorm = null,
                MicroBatchTokens = microBatchTokens,
            });
        await trainer.RunAsync(seed: 7, cancellationToken: TestContext.Current.CancellationToken);
        return anchor.Gradients;
    }

    /// <summary>Reads the gradient that the step just taken has used.</summary>
    private sealed class GradientSpy(IAnchor inner) : IAnchor
    {
        public List<double[]> Gradients { get; } = [];

        public ParameterSet Weights => inner.Weights;

        public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature) => inner.LogProbabilities(rollouts, temperature);

        public void Update(ParameterSet policy)
        {
            using var gradient = policy["logits"].Tensor.grad!;
            Gradients.Add([.. gradient.data<float>().ToArray().Select(g => (double)g)]);
        }

        public void Dispose() => inner.Dispose();
    }
}
