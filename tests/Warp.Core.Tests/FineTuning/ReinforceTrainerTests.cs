using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class ReinforceTrainerTests
{
    private static readonly ReinforceOptions Small = new()
    {
        Steps = 10,
        PromptsPerStep = 2,
        CompletionsPerPrompt = 4,
        Sampling = new SamplingOptions { MaxNewTokens = 3 },
        LearningRate = 0.05,
        WarmupSteps = 0,
        EvaluationInterval = 5,
    };

    private static readonly Prompt[] Prompts = [MarkovPolicy.StartingAt(1), MarkovPolicy.StartingAt(2)];

    private static readonly IRewardModel LikesTwo = RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 2));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Raises_the_reward_and_reports_every_step()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var seen = new List<ReinforceProgress>();
        var report = await Trainer(policy, anchor, LikesTwo, Small with { Steps = 60, KlCoefficient = 0.01 })
            .RunAsync(1, new SynchronousProgress<ReinforceProgress>(seen.Add), Token);

        // Exact expectations of the reward before and after, by enumeration.
        var before = MarkovEnumeration.Expectation(MarkovPolicy.Flat(), 0.9, 1, 3, y => y.Count(t => t == 2));
        var after = MarkovEnumeration.Expectation(Table(policy), 0.9, 1, 3, y => y.Count(t => t == 2));
        Assert.True(after > before + 0.5, $"{before} → {after}");
        Assert.Equal(60, report.Steps.Count);
        Assert.Equal(Enumerable.Range(1, 60), report.Steps.Select(s => s.Step));
        Assert.Equal(seen.Select(p => p.Metrics), report.Steps);
        Assert.Equal(StopReason.Completed, report.StopReason);
        Assert.Equal(60, report.FinalStep);
        Assert.Equal(report.Steps.Sum(s => s.Tokens), report.Tokens);
        Assert.All(report.Steps, s => Assert.Equal(8 * s.Length, s.Tokens, 1e-9));
    }

    [Fact]
    public async Task The_first_step_has_no_divergence_from_an_anchor_at_the_start()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new FixedAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var report = await Trainer(policy, anchor, LikesTwo, Small).RunAsync(1, cancellationToken: Token);
        Assert.Equal(0, report.Steps[0].KlToAnchor);
        Assert.NotEqual(0, report.Steps[^1].KlToAnchor);
    }

    [Fact]
    public async Task The_EMA_anchor_follows_with_its_rate()
    {
        const double Rate = 0.25;
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()), Rate);
        await Trainer(policy, anchor, LikesTwo, Small with { Steps = 1 }).RunAsync(1, cancellationToken: Token);
        // After one step from 0: (1−μ)·0 + μ·θ, in float32.
        var (theta, shadow) = (Values(policy.Weights), Values(anchor.Weights));
        Assert.Contains(theta, v => v != 0);
        Assert.All(theta.Zip(shadow), p => Assert.Equal((float)(Rate * p.First), p.Second));
    }

    [Fact]
    public async Task One_seed_gives_one_result_whatever_runs_beside_it()
    {
        var alone = await FinalWeights(3);
        var beside = await Task.WhenAll(FinalWeights(3), FinalWeights(4), FinalWeights(3));
        Assert.Equal(alone, beside[0]);
        Assert.Equal(alone, beside[2]);
        Assert.NotEqual(alone, beside[1]);
    }

    [Fact]
    public async Task The_learning_rate_rises_linearly_and_stays()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new FixedAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var report = await Trainer(policy, anchor, LikesTwo, Small with { Steps = 6, WarmupSteps = 4, LearningRate = 0.08 }).RunAsync(1, cancellationToken: Token);
        Assert.Equal([0.02, 0.04, 0.06, 0.08, 0.08, 0.08], report.Steps.Select(s => s.LearningRate));
    }

    [Fact]
    public async Task Reaching_the_ceiling_ends_the_run_with_the_last_good_weights()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var sft = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var options = Small with { Steps = 200, LearningRate = 0.2, KlCoefficient = 0, KlCeiling = 1, EvaluationInterval = 2 };
        var evaluator = new PolicyEvaluator(sft, [.. Enumerable.Repeat(Prompts[0], 64)], LikesTwo, options.Sampling);
        var report = await Trainer(policy, anchor, LikesTwo, options, evaluator).RunAsync(1, cancellationToken: Token);

        Assert.Equal(StopReason.KlCeiling, report.StopReason);
        Assert.True(report.Steps.Count < 200);
        Assert.Equal(report.Evaluations[^1].Step - 2, report.FinalStep);
        Assert.True(report.Evaluations[^1].Evaluation.Kl.Mean >= 1);
        var good = await evaluator.EvaluateAsync(policy, Token);
        Assert.True(good.Kl.Mean < 1);
        Assert.True(report.Evaluations.Count > 1);
        Assert.Equal(report.Evaluations[^2].Evaluation.Kl, good.Kl);
    }

    [Fact]
    public async Task Completions_that_cannot_be_scored_are_left_out_and_counted()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new FixedAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var used = new List<int>();
        var picky = RewardModel.From((rollouts, _) =>
        {
            // Four completions of each of two prompts, one after the other.
            used.Add(rollouts.Chunk(4).Select(g => g.Count(r => r.Completion.TokenIds.Count > 1)).Where(n => n > 1).Sum());
            return ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select(r => r.Completion.TokenIds.Count == 1 ? Reward.NotScorable("too short") : 1.0)]);
        });
        var report = await Trainer(policy, anchor, picky, Small).RunAsync(1, cancellationToken: Token);
        Assert.Contains(report.Steps, s => s.NotScorable > 0);
        // Leave-one-out also leaves out what is the only scorable completion of its prompt.
        Assert.Equal(used, report.Steps.Select(s => s.Used));
    }

    [Fact]
    public async Task A_batch_without_any_score_moves_nothing()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var none = RewardModel.From(_ => Reward.NotScorable("never"));
        var report = await Trainer(policy, anchor, none, Small).RunAsync(1, cancellationToken: Token);
        Assert.All(Values(policy.Weights), v => Assert.Equal(0, v));
        Assert.All(report.Steps, s => Assert.Equal((8, 0), (s.NotScorable, s.Used)));
        Assert.All(report.Steps, s => Assert.True(double.IsNaN(s.Reward)));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public async Task A_reward_that_is_not_finite_names_prompt_and_completion(double value)
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new FixedAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var error = await Assert.ThrowsAsync<RewardException>(() => Trainer(policy, anchor, RewardModel.From(_ => value), Small).RunAsync(1, cancellationToken: Token));
        Assert.Contains(error.Rollout!.Prompt.Text, error.Message, StringComparison.Ordinal);
        Assert.Contains($"\"{error.Rollout.Completion.Text}\"", error.Message, StringComparison.Ordinal);
        Assert.Contains(value.ToString(System.Globalization.CultureInfo.InvariantCulture), error.Message, StringComparison.Ordinal);
        Assert.All(Values(policy.Weights), v => Assert.Equal(0, v));
    }

    [Fact]
    public async Task An_infinite_gradient_is_not_applied()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new FixedAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var huge = RewardModel.From(r => r.Completion.TokenIds[0] == 2 ? 1e300 : -1e300);
        var error = await Assert.ThrowsAsync<TrainingDivergedException>(() => Trainer(policy, anchor, huge, Small).RunAsync(1, cancellationToken: Token));
        Assert.Contains("step 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("was not applied", error.Message, StringComparison.Ordinal);
        Assert.All(Values(policy.Weights), v => Assert.Equal(0, v));
    }

    [Fact]
    public async Task Cancellation_ends_within_one_step()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new FixedAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        using var cancel = new CancellationTokenSource();
        var steps = 0;
        var progress = new SynchronousProgress<ReinforceProgress>(p =>
        {
            steps = p.Step;
            if (p.Step == 3)
                cancel.Cancel();
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Trainer(policy, anchor, LikesTwo, Small).RunAsync(1, progress, cancel.Token));
        Assert.Equal(3, steps);
    }

    [Fact]
    public async Task A_bfloat16_policy_moves_at_the_papers_learning_rate()
    {
        // At 1e-6 and weights near 1, bfloat16 (steps of 2⁻⁷ there) cannot move; float32 masters accumulate about steps · learning rate.
        var table = new double[,] { { 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 } };
        using var policy = new MarkovPolicy(table, ScalarType.BFloat16);
        var options = Small with { LearningRate = 1e-6 };
        using var optimizer = new PolicyOptimizer(policy.Weights, options);
        const int Steps = 8000;
        for (var t = 1; t <= Steps; t++)
        {
            policy.Logits.grad = ones_like(policy.Logits);
            optimizer.Step(t);
        }

        // Adam's step under a constant gradient is the learning rate: 1 − 8000 · 1e-6 = 0.992, in bfloat16 (steps of 2⁻⁸ below 1) 0.9921875.
        Assert.All(Values(policy.Weights), v => Assert.Equal(0.9921875f, v));
        await Task.CompletedTask;
    }

    [Fact]
    public void An_anchor_on_the_policy_itself_is_refused()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new FixedAnchor(policy);
        var error = Assert.Throws<ArgumentException>(() => Trainer(policy, anchor, LikesTwo, Small));
        Assert.Contains("shares the trainable tensor 'logits'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_prompts_are_refused()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new FixedAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var error = Assert.Throws<ArgumentException>(() => new ReinforceTrainer(policy, anchor, LikesTwo, []));
        Assert.Contains("0 prompts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_without_trainable_weights_is_refused()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        policy.Logits.requires_grad = false;
        using var frozen = new FrozenPolicy(policy);
        using var anchor = new FixedAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var error = Assert.Throws<ArgumentException>(() => new ReinforceTrainer(frozen, anchor, LikesTwo, Prompts, Small));
        Assert.Contains("no trainable weights", error.Message, StringComparison.Ordinal);
    }

    private static ReinforceTrainer Trainer(
        IPolicy policy, IAnchor anchor, IRewardModel reward, ReinforceOptions options, PolicyEvaluator? evaluator = null) =>
        new(policy, anchor, reward, Prompts, options) { Evaluator = evaluator };

    private static async Task<float[]> FinalWeights(ulong seed)
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        await Trainer(policy, anchor, LikesTwo, Small with { Steps = 30 }).RunAsync(seed, cancellationToken: Token);
        return Values(policy.Weights);
    }

    private static float[] Values(ParameterSet weights)
    {
        using var scope = NewDisposeScope();
        return weights["logits"].Tensor.detach().to(ScalarType.Float32).data<float>().ToArray();
    }

    private static double[,] Table(MarkovPolicy policy)
    {
        var values = Values(policy.Weights);
        var table = new double[3, 3];
        for (var i = 0; i < 9; i++)
            table[i / 3, i % 3] = values[i];
        return table;
    }

    /// <summary>The same policy with its weights listed after they were frozen.</summary>
    private sealed class FrozenPolicy(MarkovPolicy inner) : IPolicy
    {
        public ParameterSet Weights { get; } = ParameterSet.Of(new FrozenModule(inner.Logits));

        public IReadOnlyList<Completion> Generate(
            IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken = default) =>
            inner.Generate(prompts, sampling, random, cancellationToken);

        public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature) => inner.LogProbabilities(rollouts, temperature);

        public void Dispose()
        {
        }
    }

    private sealed class FrozenModule : nn.Module
    {
        public FrozenModule(Tensor logits)
            : base(nameof(FrozenModule)) =>
            register_parameter("logits", new TorchSharp.Modules.Parameter(logits.detach(), requires_grad: false));
    }
}
