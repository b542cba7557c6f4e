using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Each signature is provoked by what causes it, said once and in the report, and a run without it says nothing.</summary>
public sealed class FailureSignatureTests
{
    private static readonly ReinforceOptions Options = new()
    {
        Steps = 120,
        PromptsPerStep = 4,
        CompletionsPerPrompt = 4,
        Sampling = new SamplingOptions { MaxNewTokens = 12 },
        LearningRate = 0.02,
        WarmupSteps = 0,
        EvaluationInterval = 10,
    };

    private static readonly Prompt[] Prompts = [MarkovPolicy.StartingAt(1), MarkovPolicy.StartingAt(2)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_healthy_run_says_nothing()
    {
        var (report, _) = await RunAsync(RewardModel.From(r => r.Completion.TokenIds[0] == 2 ? 1 : 0), Options with { KlCoefficient = 0.3 });
        Assert.Empty(report.Warnings);
    }

    [Fact]
    public async Task KL_that_explodes()
    {
        // β = 0 and a fixed anchor: nothing holds the policy, whose logits drift apart while its completions grow.
        var (report, logger) = await RunAsync(
            RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 2)),
            Options with { KlCoefficient = 0, Sampling = new SamplingOptions { MaxNewTokens = 60 }, LearningRate = 0.05 });
        AssertSaid(report, logger, FailureSignature.KlExplosion, "β is too low", "KlCoefficient");
    }

    [Fact]
    public async Task KL_that_jumps_at_once()
    {
        var (report, logger) = await RunAsync(
            RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 2)),
            Options with { KlCoefficient = 0, LearningRate = 5, Sampling = new SamplingOptions { MaxNewTokens = 4 } });
        AssertSaid(report, logger, FailureSignature.KlExplosion, "per token, the mean of 20 steps", "KlCoefficient");
    }

    [Fact]
    public async Task KL_half_way_to_the_ceiling()
    {
        using var reference = new MarkovPolicy(MarkovPolicy.Flat());
        var evaluator = new PolicyEvaluator(reference, [.. Enumerable.Repeat(Prompts[0], 16)], RewardModel.From(_ => 1), Options.Sampling);
        var (report, logger) = await RunAsync(
            RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 2)),
            Options with { KlCoefficient = 0, KlCeiling = 8, LearningRate = 0.03, EvaluationInterval = 2 },
            evaluator: evaluator);
        AssertSaid(report, logger, FailureSignature.KlExplosion, "half-way or more to the ceiling of 8");
    }

    [Fact]
    public async Task KL_to_the_anchor_below_zero()
    {
        // The sampler keeps the weights of the start while the scorer moves on: E_anchor[log π − log anchor] is minus a KL.
        using var policy = new StaleSampler();
        var (report, logger) = await RunAsync(RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 2)), Options with { KlCoefficient = 0 }, policy);
        AssertSaid(report, logger, FailureSignature.NegativeKl, "sampler and the scorer of the policy disagree");
    }

    [Fact]
    public async Task Completions_that_grow()
    {
        var (report, logger) = await RunAsync(
            RewardModel.From(r => r.Completion.TokenIds.Count),
            Options with { KlCoefficient = 0, LearningRate = 0.01, Sampling = new SamplingOptions { MaxNewTokens = 60 } });
        AssertSaid(report, logger, FailureSignature.LengthGrowth, "grow steadily longer", "WithLengthPenalty");
    }

    [Fact]
    public async Task Completions_that_are_cut_off()
    {
        var (report, logger) = await RunAsync(
            RewardModel.From(r => r.Completion.TokenIds.Count),
            Options with { KlCoefficient = 0, LearningRate = 0.1, Sampling = new SamplingOptions { MaxNewTokens = 4 } });
        AssertSaid(report, logger, FailureSignature.LengthGrowth, "are cut off at 4 tokens");
    }

    [Fact]
    public async Task Rewards_that_are_all_alike()
    {
        var (report, logger) = await RunAsync(RewardModel.From(_ => 0.25), Options with { Steps = 30 });
        AssertSaid(report, logger, FailureSignature.NoRewardSpread, "alike for 10 steps (now 0.25)");
        Assert.Equal(RunWatch.AlikeSteps, report.Warnings[0].Step);
    }

    [Fact]
    public async Task A_merge_that_is_no_better_than_its_parents_and_a_front_that_is_no_better()
    {
        // A merger that goes against what the runs have learnt.
        var logger = new RecordingLogger();
        var options = new WarpOptions
        {
            Iterations = 1,
            Runs = 2,
            Steps = [40],
            FrontEtas = [1],
            Eta = 0.5,
            Reinforce = Options with { KlCoefficient = 0.01, Sampling = new SamplingOptions { MaxNewTokens = 4 }, EvaluationInterval = 20 },
        };
        var catalog = SmallLoop.Catalog(reward: RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 2)));
        using var sft = new MarkovPolicy(MarkovPolicy.Flat());
        using var result = await new WarpLoop(catalog, options) { Merger = new Backwards(), Logger = logger }.RunAsync(sft.Weights, cancellationToken: Token);
        var warning = Assert.Single(result.Report.Iterations[0].Warnings, w => w.Signature == FailureSignature.MergeBelowParents);
        Assert.Contains("no more than the best of its runs", warning.Message, StringComparison.Ordinal);
        Assert.Contains(logger.Of(112), m => m.Contains(warning.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(20, "much alike")]
    [InlineData(90, "noise of the evaluation")]
    [InlineData(170, "nearly opposite")]
    public void The_angle_tells_why_a_merge_gains_nothing(double angle, string cause)
    {
        var warning = Assert.Single(AveragingWatch.Look(Iteration(angle, merged: (2, 0.4), next: (1, 0.9)), At(0, 0)));
        Assert.Equal(FailureSignature.MergeBelowParents, warning.Signature);
        Assert.Contains(cause, warning.Message, StringComparison.Ordinal);
        Assert.Contains($"{angle}°", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_angle_the_policies_have_not_moved()
    {
        var warning = Assert.Single(AveragingWatch.Look(Iteration(null, merged: (2, 0.4), next: (1, 0.9)), At(0, 0)));
        Assert.Contains("have not moved from their start", warning.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", warning.Message, StringComparison.Ordinal);

        // A merger of one's own may report no groups.
        var report = Iteration(90, merged: (2, 0.4), next: (1, 0.9));
        var silent = Assert.Single(AveragingWatch.Look(report with { Merge = report.Merge with { Groups = [] } }, At(0, 0)));
        Assert.Contains("says nothing of angles", silent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_point_below_the_straight_line_is_no_better_front()
    {
        // From (0, 0) to (4, 2), the line at 2 nats has 1.
        var warning = Assert.Single(AveragingWatch.Look(Iteration(90, merged: (4, 2), next: (2, 0.5)), At(0, 0)));
        Assert.Equal(FailureSignature.NoBetterFront, warning.Signature);
        Assert.Contains("the straight line from its start to the merge has 1:", warning.Message, StringComparison.Ordinal);
        Assert.Empty(AveragingWatch.Look(Iteration(90, merged: (4, 2), next: (2, 1.5)), At(0, 0)));
        Assert.Empty(AveragingWatch.Look(Iteration(90, merged: (4, 2), next: (2, 0.95)), At(0, 0))); // within a standard error
    }

    private static void AssertSaid(ReinforceReport report, RecordingLogger logger, FailureSignature signature, params string[] words)
    {
        var warning = Assert.Single(report.Warnings, w => w.Signature == signature);
        Assert.All(words, word => Assert.Contains(word, warning.Message, StringComparison.Ordinal));
        Assert.Single(logger.Of(111), m => m.Contains(warning.Message, StringComparison.Ordinal));
    }

    private static async Task<(ReinforceReport Report, RecordingLogger Logger)> RunAsync(
        IRewardModel reward, ReinforceOptions options, IPolicy? policy = null, PolicyEvaluator? evaluator = null)
    {
        var table = MarkovPolicy.Flat();
        using var own = policy is null ? new MarkovPolicy(table) : null;
        using var anchor = new FixedAnchor(new MarkovPolicy(table));
        var logger = new RecordingLogger();
        var report = await new ReinforceTrainer(policy ?? own!, anchor, reward, Prompts, options) { Logger = logger, Evaluator = evaluator }.RunAsync(5, cancellationToken: Token);
        return (report, logger);
    }

    private static PolicyEvaluation At(double kl, double reward) => new()
    {
        KlSampled = new Estimate(kl, 0.1, 16),
        KlPerToken = kl,
        Reward = new Estimate(reward, 0.1, 16),
        Length = new Estimate(3, 0, 16),
        TruncatedShare = 0,
        NotScorable = 0,
    };

    private static IterationReport Iteration(double? angle, (double Kl, double Reward) merged, (double Kl, double Reward) next) => new()
    {
        Iteration = 1,
        Runs = [.. new[] { 0.3, 0.5 }.Select(reward => new ReinforceReport
        {
            Seed = 0,
            StopReason = StopReason.Completed,
            FinalStep = 5,
            Steps = [],
            Evaluations = [new StepEvaluation(5, At(2, reward))],
            Duration = TimeSpan.Zero,
        })],
        Merge = new MergeReport("slerp", Granularity.Model, 2, [new MergeGroup("all", ["w"], 1, [1, 1], [new MergeStep(angle, 1, MergeStepKind.Spherical)], [0.5, 0.5], 1)]),
        Merged = At(merged.Kl, merged.Reward),
        Next = At(next.Kl, next.Reward),
        FineTuningDuration = TimeSpan.Zero,
        MergingDuration = TimeSpan.Zero,
        EvaluationDuration = TimeSpan.Zero,
    };

    /// <summary>Goes from the start in the direction opposite to the first policy.</summary>
    private sealed class Backwards : IMerger
    {
        public MergeResult Merge(ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken = default)
        {
            using var real = new LerpMerger().Merge(init, policies, cancellationToken);
            using var away = new LitiInterpolator { AllowExtrapolation = true }.Interpolate(real.Weights, init, 2, cancellationToken);
            return MergeResult.Create(away.Clone(), real.Report);
        }
    }

    private sealed class StaleSampler : IPolicy
    {
        private readonly MarkovPolicy _sampler = new(MarkovPolicy.Flat());
        private readonly MarkovPolicy _scorer = new(MarkovPolicy.Flat());

        public ParameterSet Weights => _scorer.Weights;

        public IReadOnlyList<Completion> Generate(
            IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken = default) =>
            _sampler.Generate(prompts, sampling, random, cancellationToken);

        public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature) => _scorer.LogProbabilities(rollouts, temperature);

        public void Dispose()
        {
            _sampler.Dispose();
            _scorer.Dispose();
        }
    }
}
