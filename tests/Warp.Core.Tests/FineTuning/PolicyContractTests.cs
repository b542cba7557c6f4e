using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Policies that break what <see cref="IPolicy"/> promises are told so, instead of being broadcast or truncated into a result.</summary>
public sealed class PolicyContractTests
{
    private static readonly Prompt[] Prompts = [MarkovPolicy.StartingAt(1), MarkovPolicy.StartingAt(2)];
    private static readonly IRewardModel Length = RewardModel.From(r => r.Completion.TokenIds.Count);

    private static readonly ReinforceOptions Options = new()
    {
        Steps = 2,
        PromptsPerStep = 2,
        Baseline = Baseline.None,
        Sampling = new SamplingOptions { MaxNewTokens = 3 },
    };

    public static TheoryData<string, Func<Tensor, Tensor>, string> Wrong => new()
    {
        { "a third dimension", t => t.unsqueeze(2), "returned Float32 [8, 3, 1]; it must return Float32 [8, 3]" },
        { "one row", t => t[..1], "returned Float32 [1, 3]; it must return Float32 [8, 3]" },
        { "one number per completion", t => t.sum(1), "returned Float32 [8]; it must return Float32 [8, 3]" },
        { "half precision", t => t.to(ScalarType.BFloat16), "returned BFloat16 [8, 3]" },
        { "not a number", t => t.mul(float.NaN), "returned NaN for token 0" },
        { "no gradient", t => t.detach(), "without gradient" },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task Log_probabilities_of_a_policy_are_checked(string what, Func<Tensor, Tensor> change, string message)
    {
        using var policy = new Changed(change);
        using var anchor = new FixedAnchor(new MarkovPolicy(Table));
        var error = await Assert.ThrowsAnyAsync<InvalidOperationException>(() =>
            new ReinforceTrainer(policy, anchor, Length, Prompts, Options).RunAsync(1, cancellationToken: Token));
        Assert.True(error.Message.Contains(message, StringComparison.Ordinal) && error.Message.Contains(nameof(Changed), StringComparison.Ordinal), $"{what}: {error.Message}");
    }

    [Fact]
    public async Task Log_probabilities_of_an_anchor_are_checked()
    {
        using var policy = new MarkovPolicy(Table);
        using var anchor = new FixedAnchor(new Changed(t => t[..1]));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new ReinforceTrainer(policy, anchor, Length, Prompts, Options).RunAsync(1, cancellationToken: Token));
        Assert.Contains("FixedAnchor.LogProbabilities returned Float32 [1, 3]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Padding_must_be_zero()
    {
        using var policy = new Changed(t => t.sub(1e-3), ends: true);
        using var anchor = new FixedAnchor(new MarkovPolicy(Table));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new ReinforceTrainer(policy, anchor, Length, Prompts, Options with { PromptsPerStep = 8 }).RunAsync(1, cancellationToken: Token));
        Assert.Contains("beyond a completion's length must be exactly 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_few_completions_are_an_error_in_training_and_evaluation()
    {
        using var policy = new Changed(t => t, drop: 1);
        using var anchor = new FixedAnchor(new MarkovPolicy(Table));
        using var sft = new MarkovPolicy(Table);
        var training = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new ReinforceTrainer(policy, anchor, Length, Prompts, Options).RunAsync(1, cancellationToken: Token));
        Assert.Contains("Changed.Generate returned 7 completions for 8 prompts", training.Message, StringComparison.Ordinal);
        var evaluation = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new PolicyEvaluator(sft, Prompts, Length, Options.Sampling).EvaluateAsync(policy, Token));
        Assert.Contains("Changed.Generate returned 1 completions for 2 prompts", evaluation.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_factory_that_returns_one_object_twice_is_found_before_any_work()
    {
        using var only = new MarkovPolicy(Table);
        using var sft = new MarkovPolicy(Table);
        var catalog = new PartCatalog().AddPolicy(() => only).AddReward(Length).AddPrompts(Prompts).AddHeldOutPrompts(Prompts);
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => new WarpLoop(catalog).RunAsync(sft.Weights, cancellationToken: Token));
        Assert.Contains("A second policy of the catalog's factory shares the trainable tensor 'logits'", error.Message, StringComparison.Ordinal);
    }

    // Flat, but never ending of itself: all completions have three tokens unless a test wants padding.
    private static double[,] Table => new double[,] { { -60, 0, 0 }, { -60, 0, 0 }, { -60, 0, 0 } };

    private sealed class Changed(Func<Tensor, Tensor> change, bool ends = false, int drop = 0) : IPolicy
    {
        private readonly MarkovPolicy _inner = new(ends ? MarkovPolicy.Flat() : Table);

        public ParameterSet Weights => _inner.Weights;

        public IReadOnlyList<Completion> Generate(
            IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken = default) =>
            [.. _inner.Generate(prompts, sampling, random, cancellationToken).Skip(drop)];

        public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
        {
            using var scope = NewDisposeScope();
            return change(_inner.LogProbabilities(rollouts, temperature)).MoveToOuterDisposeScope();
        }

        public void Dispose() => _inner.Dispose();
    }
}
