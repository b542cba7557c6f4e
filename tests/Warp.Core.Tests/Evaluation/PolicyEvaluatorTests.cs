namespace Warp.Tests;

public sealed class PolicyEvaluatorTests
{
    private const double Temperature = 0.9;
    private const int Longest = 3;

    // A correct estimate lies outside 5 standard errors about once in two million seeds; the seed is fixed.
    private const double StandardErrors = 5;

    private static readonly double[,] Policy = { { 0.2, -0.4, 0.1 }, { -0.3, 0.5, 0.9 }, { 0.4, 0.1, -0.6 } };
    private static readonly double[,] Sft = { { 0, 0.3, -0.2 }, { 0.6, -0.1, 0 }, { -0.4, 0.2, 0.3 } };
    private static readonly SamplingOptions Sampling = new() { Temperature = Temperature, MaxNewTokens = Longest };
    private static readonly IRewardModel LikesTwo = RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 2));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Both_KL_estimates_reward_and_length_agree_with_enumeration()
    {
        var evaluation = await Evaluate(Policy, 4000);
        var (p, q) = (MarkovEnumeration.LogTable(Policy, Temperature), MarkovEnumeration.LogTable(Sft, Temperature));
        double Expect(Func<int[], double> f) => MarkovEnumeration.Expectation(Policy, Temperature, 1, Longest, f);
        var kl = Expect(y => MarkovEnumeration.LogProbability(p, 1, y) - MarkovEnumeration.LogProbability(q, 1, y));

        Within(kl, evaluation.KlSampled);
        Within(kl, evaluation.KlExact!.Value);
        Within(Expect(y => y.Count(t => t == 2)), evaluation.Reward);
        Within(Expect(y => y.Length), evaluation.Length);
        Within(Expect(y => y[^1] == 0 ? 1 : 0), evaluation.OtherRewards["ended"]);
        Assert.Equal(1 - evaluation.OtherRewards["ended"].Mean, evaluation.TruncatedShare, 1e-12);
        Assert.Equal(evaluation.Kl.Mean / evaluation.Length.Mean, evaluation.KlPerToken, 1e-12);
        Assert.True(evaluation.KlExact.Value.StandardError < evaluation.KlSampled.StandardError);
        Assert.Equal(4000, evaluation.Kl.Count);
    }

    [Fact]
    public async Task A_policy_has_no_divergence_from_itself()
    {
        var evaluation = await Evaluate(Sft, 50);
        Assert.Equal(new Estimate(0, 0, 50), evaluation.KlExact);
        Assert.Equal(new Estimate(0, 0, 50), evaluation.KlSampled);
    }

    [Fact]
    public async Task The_same_seed_samples_the_same_completions()
    {
        var (first, second) = (await Evaluate(Policy, 100), await Evaluate(Policy, 100));
        Assert.Equal(first.Rollouts.Select(r => r.Completion.Text), second.Rollouts.Select(r => r.Completion.Text));
        Assert.Equal(first.Kl, second.Kl);
    }

    [Fact]
    public async Task Unscorable_completions_are_counted_and_kept_out_of_the_reward()
    {
        var picky = RewardModel.From(r => r.Completion.IsTruncated ? Reward.NotScorable("cut off") : 2.0);
        using var policy = new MarkovPolicy(Policy);
        using var sft = new MarkovPolicy(Sft);
        var evaluation = await new PolicyEvaluator(sft, Prompts(100), picky, Sampling).EvaluateAsync(policy, Token);
        Assert.Equal(new Estimate(2, 0, 100 - evaluation.NotScorable), evaluation.Reward);
        Assert.InRange(evaluation.NotScorable, 1, 99);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        using var sft = new MarkovPolicy(Sft);
        Assert.Contains("0 held-out prompts", Assert.Throws<ArgumentException>(() => new PolicyEvaluator(sft, [], LikesTwo, Sampling)).Message, StringComparison.Ordinal);
        var error = Assert.Throws<OptionsException>(() => new PolicyEvaluator(
            sft, Prompts(1), LikesTwo, Sampling with { Temperature = 0 }, options: new EvaluationOptions { BatchSize = 0, TorchThreads = 0 }));
        Assert.Equal(3, error.Problems.Count);
    }

    private static void Within(double expected, Estimate estimate) =>
        Assert.InRange(estimate.Mean - expected, -StandardErrors * estimate.StandardError, StandardErrors * estimate.StandardError);

    private static Prompt[] Prompts(int count) => [.. Enumerable.Repeat(MarkovPolicy.StartingAt(1), count)];

    private static async Task<PolicyEvaluation> Evaluate(double[,] table, int count)
    {
        using var policy = new MarkovPolicy(table);
        using var sft = new MarkovPolicy(Sft);
        var ended = RewardModel.From(r => r.Completion.IsTruncated ? 0.0 : 1.0);
        var evaluator = new PolicyEvaluator(
            sft,
            Prompts(count),
            LikesTwo,
            Sampling,
            new Dictionary<string, IRewardModel>(StringComparer.Ordinal) { ["ended"] = ended },
            new EvaluationOptions { KeepRollouts = true });
        return await evaluator.EvaluateAsync(policy, Token);
    }
}
