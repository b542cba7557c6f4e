using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>What is not finite is never applied and never silent.</summary>
public sealed class NonFiniteStepTests
{
    private static readonly ReinforceOptions Options = new()
    {
        Steps = 6,
        PromptsPerStep = 2,
        CompletionsPerPrompt = 2,
        Sampling = new SamplingOptions { MaxNewTokens = 3 },
        LearningRate = 0.05,
        WarmupSteps = 0,
        Baseline = Baseline.MovingAverage,
        NonFinite = NonFiniteStep.SkipAndCount,
    };

    private static readonly Prompt[] Prompts = [MarkovPolicy.StartingAt(1), MarkovPolicy.StartingAt(2)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("reward")] // finite, but too large for the gradient's type
    [InlineData("log-probabilities")]
    public async Task A_step_is_left_out_and_counted(string what)
    {
        using var policy = new FaultyPolicy { FaultAt = what == "reward" ? 0 : 3 };
        using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()), rate: 1);
        var (calls, logger) = (0, new RecordingLogger());
        var reward = RewardModel.From((rollouts, _) =>
        {
            policy.Step = ++calls;
            return ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select(r => Reward.Of(what == "reward" && calls == 3 ? 1e300 : r.Completion.TokenIds[0]))]);
        });
        var seen = new List<float[]>();
        var progress = new SynchronousProgress<ReinforceProgress>(_ => seen.Add(Values(policy.Weights)));
        var report = await new ReinforceTrainer(policy, anchor, reward, Prompts, Options) { Logger = logger }.RunAsync(1, progress, Token);

        Assert.Equal([3], report.Steps.Where(s => s.IsSkipped).Select(s => s.Step));
        Assert.Equal(1, report.SkippedSteps);
        Assert.Equal(0, report.Steps[2].Used);
        Assert.Contains("was not applied", Assert.Single(logger.Of(105)), StringComparison.Ordinal);
        Assert.NotEqual(seen[0], seen[1]);
        Assert.Equal(seen[1], seen[2]);
        Assert.NotEqual(seen[2], seen[3]);
        Assert.All(seen[^1], v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public async Task A_skipped_step_leaves_baseline_and_moments_as_they_were()
    {
        // Step 3 fails in one run and gives nothing to learn from in the other: all that follows must be alike.
        Assert.Equal(await FinalAsync(_ => 1e300), await FinalAsync(_ => Reward.NotScorable("left out")));

        static async Task<float[]> FinalAsync(Func<Rollout, Reward> third)
        {
            using var policy = new MarkovPolicy(MarkovPolicy.Flat());
            using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
            var calls = 0;
            var reward = RewardModel.From((rollouts, _) =>
            {
                calls++;
                return ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select(r => calls == 3 ? third(r) : r.Completion.TokenIds[0])]);
            });
            await new ReinforceTrainer(policy, anchor, reward, Prompts, Options).RunAsync(1, cancellationToken: Token);
            return Values(policy.Weights);
        }
    }

    [Fact]
    public async Task By_default_the_run_stops_after_a_save()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var (calls, states) = (0, new MemoryStates());
        var reward = RewardModel.From((rollouts, _) =>
        {
            calls++;
            return ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select(r => Reward.Of(calls == 3 ? 1e300 : r.Completion.TokenIds[0]))]);
        });
        var error = await Assert.ThrowsAsync<TrainingDivergedException>(() =>
            new ReinforceTrainer(policy, anchor, reward, Prompts, Options with { NonFinite = NonFiniteStep.Stop }) { States = states }.RunAsync(1, cancellationToken: Token));
        Assert.Contains("at step 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("SkipAndCount", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, states.Last!.Step);
        Assert.Equal(Values(policy.Weights), states.Last.Tensors["weights/logits"].Tensor.data<float>().ToArray());
        states.Last.Dispose();
    }

    [Theory]
    [InlineData(NonFiniteStep.Stop)]
    [InlineData(NonFiniteStep.SkipAndCount)]
    public async Task A_step_after_which_a_weight_would_overflow_is_not_applied(NonFiniteStep what)
    {
        // The largest float32 is 3.403e38. The warm-up makes the third step the first that is too long.
        const double Start = 3.4e38;
        var huge = new double[,] { { Start, Start, Start }, { Start, Start, Start }, { Start, Start, Start } };
        using var policy = new MarkovPolicy(huge);
        using var anchor = new FixedAnchor(new MarkovPolicy(huge));
        var (states, logger, seen) = (new MemoryStates(), new RecordingLogger(), new List<float[]> { Values(policy.Weights) });
        var options = Options with { LearningRate = 1e36, WarmupSteps = 12, NonFinite = what, Sampling = Options.Sampling with { Temperature = 1 } };
        var training = new ReinforceTrainer(policy, anchor, RewardModel.From(r => r.Completion.TokenIds[0]), Prompts, options) { States = states, Logger = logger }
            .RunAsync(1, new SynchronousProgress<ReinforceProgress>(_ => seen.Add(Values(policy.Weights))), Token);

        if (what == NonFiniteStep.Stop)
        {
            var error = await Assert.ThrowsAsync<TrainingDivergedException>(() => training);
            Assert.Contains("The weight 'logits' would be NaN or infinite at step ", error.Message, StringComparison.Ordinal);
            Assert.Contains("the step was not applied", error.Message, StringComparison.Ordinal);
            Assert.Equal(seen.Count - 1, states.Last?.Step ?? 0);
            states.Last?.Dispose();
        }
        else
        {
            var report = await training;
            Assert.InRange(report.SkippedSteps, 1, options.Steps);
            Assert.Equal(report.SkippedSteps, logger.Of(105).Count);
            Assert.All(report.Steps.Where(s => s.IsSkipped), s => Assert.Equal(seen[s.Step - 1], seen[s.Step]));
        }

        Assert.Equal(seen[^1], Values(policy.Weights));
        Assert.All(Values(policy.Weights), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public async Task A_step_of_float16_weights_that_only_their_masters_could_hold_is_not_applied()
    {
        // The largest float16 is 65504; steps of Adam are as long as the learning rate.
        var large = new double[,] { { 65000, 65000, 65000 }, { 65000, 65000, 65000 }, { 65000, 65000, 65000 } };
        using var policy = new MarkovPolicy(large, ScalarType.Float16);
        using var anchor = new FixedAnchor(new MarkovPolicy(large, ScalarType.Float16));
        var error = await Assert.ThrowsAsync<TrainingDivergedException>(() => new ReinforceTrainer(
            policy, anchor, RewardModel.From(r => r.Completion.TokenIds[0]), Prompts, Options with { LearningRate = 400, NonFinite = NonFiniteStep.Stop }).RunAsync(1, cancellationToken: Token));
        Assert.Contains("The weight 'logits' would be", error.Message, StringComparison.Ordinal);
        using var scope = NewDisposeScope();
        Assert.True(policy.Weights["logits"].Tensor.isfinite().all().item<bool>());
    }

    [Fact]
    public async Task An_epsilon_that_vanishes_in_float32_makes_no_weight_NaN()
    {
        // Token 2 never follows a prompt's token here, so its gradient is 0, and 0 / (0 + ε) is NaN once ε is 0.
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new FixedAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        await Assert.ThrowsAsync<TrainingDivergedException>(() => new ReinforceTrainer(
            policy, anchor, RewardModel.From(r => r.Completion.TokenIds[0]), [Prompts[0]], Options with { AdamEpsilon = 1e-60, NonFinite = NonFiniteStep.Stop, Sampling = Options.Sampling with { MaxNewTokens = 1 } })
            .RunAsync(1, cancellationToken: Token));
        Assert.All(Values(policy.Weights), v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public async Task States_with_an_interval_of_0_are_refused()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            new ReinforceTrainer(policy, anchor, RewardModel.From(_ => 1), Prompts, Options) { States = new MemoryStates(interval: 0) }.RunAsync(1, cancellationToken: Token));
        Assert.Contains("MemoryStates.Interval is 0; it must be at least 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reward_that_fails_ends_the_run_after_a_save()
    {
        using var policy = new MarkovPolicy(MarkovPolicy.Flat());
        using var anchor = new EmaAnchor(new MarkovPolicy(MarkovPolicy.Flat()));
        var (calls, states) = (0, new MemoryStates());
        var reward = RewardModel.From((rollouts, _) => ++calls == 5
            ? throw new InvalidOperationException("down")
            : ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select(r => Reward.Of(r.Completion.TokenIds[0]))]));
        var error = await Assert.ThrowsAsync<RewardException>(() =>
            new ReinforceTrainer(policy, anchor, reward, Prompts, Options) { States = states }.RunAsync(1, cancellationToken: Token));
        Assert.NotNull(error.Rollout);
        Assert.Equal(4, states.Last!.Step);
        states.Last.Dispose();
    }

    private static float[] Values(ParameterSet weights)
    {
        using var scope = NewDisposeScope();
        return weights["logits"].Tensor.detach().clone().data<float>().ToArray();
    }

    private sealed class MemoryStates(int interval = 100) : IRunStateStore
    {
        public RunState? Last { get; private set; }

        public int Interval => interval;

        public RunState? Load() => null;

        public void Save(RunState state)
        {
            Last?.Dispose();
            Last = state;
        }
    }

    /// <summary>Its log-probabilities are NaN in one step.</summary>
    private sealed class FaultyPolicy : IPolicy
    {
        private readonly MarkovPolicy _inner = new(MarkovPolicy.Flat());

        public int FaultAt { get; init; }

        public int Step { get; set; }

        public ParameterSet Weights => _inner.Weights;

        public IReadOnlyList<Completion> Generate(
            IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken = default) =>
            _inner.Generate(prompts, sampling, random, cancellationToken);

        public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
        {
            var log = _inner.LogProbabilities(rollouts, temperature);
            return Step == FaultAt && FaultAt > 0 ? log.mul(double.NaN) : log;
        }

        public void Dispose() => _inner.Dispose();
    }
}
