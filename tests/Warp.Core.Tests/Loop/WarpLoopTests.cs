using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class WarpLoopTests
{
    private static readonly double[,] Sft = SmallLoop.Sft;

    private static readonly WarpOptions Small = SmallLoop.Options with
    {
        Reinforce = SmallLoop.Options.Reinforce with { CompletionsPerPrompt = 4, WarmupSteps = 0, Baseline = Baseline.LeaveOneOut },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Runs_merges_interpolates_and_evaluates_a_front()
    {
        using var sft = new MarkovPolicy(Sft);
        var before = Values(sft.Weights);
        using var result = await new WarpLoop(Catalog(), Small).RunAsync(sft.Weights, cancellationToken: Token);

        Assert.Equal(before, Values(sft.Weights));
        var report = result.Report;
        Assert.Equal([6, 6, 4, 4], report.Iterations.SelectMany(i => i.Runs).Select(r => r.Steps.Count));
        Assert.Equal([3, 6], report.Iterations[0].Runs[0].Evaluations.Select(e => e.Step));
        Assert.Equal(4, report.Iterations.SelectMany(i => i.Runs).Select(r => r.Seed).Distinct().Count());
        Assert.Equal([0, 0.5, 1], result.Front.Points.Select(p => p.Eta));

        // η = 0 is θ_sft and η = 1 the last merge, bit for bit, evaluated on the same prompts with the same noise.
        Assert.Equal(report.Sft.Kl, result.Front.Points[0].Evaluation.Kl);
        Assert.Equal(new Estimate(0, 0, 16), report.Sft.Kl);
        Assert.Equal(report.Iterations[1].Merged.Kl, result.Front.Points[2].Evaluation.Kl);
        Assert.Equal(report.Iterations[1].Merged.Reward, result.Front.Points[2].Evaluation.Reward);
    }

    [Fact]
    public async Task Is_the_composition_of_its_pieces()
    {
        // Algorithm 1 with the pieces used by hand.
        using var sft = new MarkovPolicy(Sft);
        var init = sft.Weights.Clone();
        for (var i = 1; i <= 2; i++)
        {
            var runs = new List<ParameterSet>();
            for (var m = 1; m <= 2; m++)
            {
                using var policy = new MarkovPolicy(Sft);
                policy.Weights.CopyFrom(init);
                var reference = new MarkovPolicy(Sft); // the anchor takes it over
                reference.Weights.CopyFrom(init);
                using var anchor = new EmaAnchor(reference, Small.Reinforce.EmaRate);
                var seed = new RandomStream(Small.Seed).Fork((ulong)i).Fork((ulong)m).Key;
                await new ReinforceTrainer(policy, anchor, LikesTwo, Prompts, Small.Reinforce with { Steps = Small.StepsOf(i) }).RunAsync(seed, cancellationToken: Token);
                runs.Add(policy.Weights.Clone());
            }

            using var merge = new SlerpMerger().Merge(init, runs, Token);
            var next = new LitiInterpolator().Interpolate(init, merge.Weights, Small.Eta, Token);
            init.Dispose();
            init = next;
            runs.ForEach(r => r.Dispose());
        }

        using var result = await new WarpLoop(Catalog(), Small).RunAsync(sft.Weights, cancellationToken: Token);
        Assert.Equal(Values(init), Values(result.Weights));
        init.Dispose();
    }

    [Fact]
    public async Task Runs_side_by_side_give_the_same_bits_as_one_after_the_other()
    {
        using var sft = new MarkovPolicy(Sft);
        var catalog = Catalog();
        using var two = new InProcessExecutor(catalog, maxParallelRuns: 3);
        var options = Small with { Runs = 3 };
        using var sequential = await new WarpLoop(catalog, options).RunAsync(sft.Weights, cancellationToken: Token);
        using var parallel = await new WarpLoop(catalog, options) { Executor = two }.RunAsync(sft.Weights, cancellationToken: Token);
        Assert.Equal(Values(sequential.Weights), Values(parallel.Weights));
        Assert.Equal(sequential.Front.Points.Select(p => p.Evaluation.Reward), parallel.Front.Points.Select(p => p.Evaluation.Reward));
    }

    [Fact]
    public async Task Variants_give_runs_settings_and_rewards_of_their_own()
    {
        using var sft = new MarkovPolicy(Sft);
        var executor = new Recorder();
        var catalog = Catalog().AddReward(LikesTwo.WithLengthPenalty(0.0005), "short");
        var options = Small with
        {
            Variants = [new RunVariant(), new RunVariant { Reinforce = Small.Reinforce with { KlCoefficient = 0.5 }, Parts = new RunParts { Reward = "short" } }],
        };
        using var result = await new WarpLoop(catalog, options) { Executor = executor }.RunAsync(sft.Weights, cancellationToken: Token);
        Assert.Equal([0.1, 0.5, 0.1, 0.5], executor.Requests.Select(r => r.Options.KlCoefficient));
        Assert.Equal(["reward", "short", "reward", "short"], executor.Requests.Select(r => r.Parts.Reward));
        Assert.Equal([6, 6, 4, 4], executor.Requests.Select(r => r.Options.Steps));
    }

    [Fact]
    public async Task Each_iteration_shows_its_weights()
    {
        using var sft = new MarkovPolicy(Sft);
        var seen = new List<(float[] Init, float[] Next, int Policies)>();
        var loop = new WarpLoop(Catalog(), Small)
        {
            IterationCompleted = (iteration, _) =>
            {
                seen.Add((Values(iteration.Init), Values(iteration.Next), iteration.Policies.Count));
                return Task.CompletedTask;
            },
        };
        using var result = await loop.RunAsync(sft.Weights, cancellationToken: Token);
        Assert.Equal(2, seen.Count);
        Assert.Equal(Values(sft.Weights), seen[0].Init);
        Assert.Equal(seen[0].Next, seen[1].Init);
        Assert.Equal(Values(result.Weights), seen[1].Next);
        Assert.All(seen, s => Assert.Equal(2, s.Policies));
    }

    [Fact]
    public async Task Progress_tells_of_every_step_and_stage()
    {
        using var sft = new MarkovPolicy(Sft);
        var seen = new List<WarpProgress>();
        using var result = await new WarpLoop(Catalog(), Small).RunAsync(sft.Weights, new SynchronousProgress<WarpProgress>(seen.Add), Token);
        Assert.Equal(20, seen.Count(p => p.Stage == WarpStage.FineTuning));
        Assert.Equal(
            [WarpStage.Start, WarpStage.Merging, WarpStage.Interpolating, WarpStage.Merging, WarpStage.Interpolating, WarpStage.Front, WarpStage.Front, WarpStage.Front],
            seen.Where(p => p.Stage != WarpStage.FineTuning).Select(p => p.Stage));
        Assert.Null(seen[0].Remaining);
        Assert.Equal(TimeSpan.Zero, seen[^1].Remaining);
        Assert.All(seen.Where(p => p.Step is not null), p => Assert.Equal(p.Iteration == 1 ? 6 : 4, p.Step!.Steps));
    }

    [Fact]
    public async Task A_failing_reward_ends_the_loop_with_its_own_error()
    {
        using var sft = new MarkovPolicy(Sft);
        var calls = 0;
        var failing = RewardModel.From((rollouts, _) => Interlocked.Increment(ref calls) > 5
            ? throw new InvalidOperationException("The service is down.")
            : ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select(_ => Reward.Of(1))]));
        var catalog = new PartCatalog().AddPolicy(() => new MarkovPolicy(Sft)).AddReward(failing).AddPrompts(Prompts).AddHeldOutPrompts(Prompts);
        using var executor = new InProcessExecutor(catalog, 2);
        var error = await Assert.ThrowsAsync<RewardException>(() =>
            new WarpLoop(catalog, Small) { Executor = executor }.RunAsync(sft.Weights, cancellationToken: Token));
        Assert.Contains("The service is down. For failures that pass there is RewardModel.WithRetries", error.Message, StringComparison.Ordinal);
        Assert.IsType<InvalidOperationException>(error.InnerException);
        Assert.NotNull(error.Rollout);
    }

    [Fact]
    public async Task Cancellation_is_cancellation()
    {
        using var sft = new MarkovPolicy(Sft);
        using var cancel = new CancellationTokenSource();
        var progress = new SynchronousProgress<WarpProgress>(p =>
        {
            if (p.Step?.Step == 2)
                cancel.Cancel();
        });
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => new WarpLoop(Catalog(), Small).RunAsync(sft.Weights, progress, cancel.Token));
        Assert.Equal(cancel.Token, error.CancellationToken);
    }

    [Fact]
    public async Task Weights_that_do_not_fit_the_policy_are_refused()
    {
        using var four = new MarkovPolicy(MarkovPolicy.Flat(4));
        var error = await Assert.ThrowsAsync<ParameterMismatchException>(() => new WarpLoop(Catalog(), Small).RunAsync(four.Weights, cancellationToken: Token));
        Assert.Contains("'logits' is [3, 3] in the policy of the catalog but [4, 4] in the weights given", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_problems_are_reported_together()
    {
        var error = Assert.Throws<OptionsException>(() => new WarpLoop(new PartCatalog(), new WarpOptions
        {
            Iterations = 0,
            Runs = 0,
            Steps = [0],
            Eta = 1.5,
            FrontEtas = [double.NaN],
            Reinforce = new ReinforceOptions { LearningRate = -1 },
            Variants = [new RunVariant()],
            Evaluation = new EvaluationOptions { BatchSize = 0 },
            Parts = new RunParts { Anchor = "emma" },
        }));
        string[] starts =
        [
            "Iterations (I) is 0", "Runs (M) is 0", "Steps[0] (T) is 0", "Eta (η) is 1.5; it must be in [0, 1] (set AllowExtrapolation to go beyond 1)",
            "FrontEtas[0] (η) is NaN", "Reinforce.LearningRate is -1", "Variants has 1 entries for 0 runs", "Evaluation.BatchSize is 0",
            "Parts.Policy is 'policy', which the catalog does not have (it has none); call AddPolicy", "Parts.Reward is 'reward'", "Parts.Prompts is 'prompts'",
            "Parts.HeldOutPrompts is 'held-out'", "Parts.Anchor is 'emma', which the catalog does not have (it has 'ema', 'sft'); call AddAnchor",
        ];
        Assert.Equal(starts.Length, error.Problems.Count);
        Assert.All(starts.Zip(error.Problems), p => Assert.StartsWith(p.First, p.Second, StringComparison.Ordinal));
    }

    [Fact]
    public void The_defaults_are_the_papers()
    {
        var options = new WarpOptions();
        options.Validate();
        Assert.Equal((5, 2, 0.3), (options.Iterations, options.Runs, options.Eta));
        Assert.Equal([9000, 7000, 7000, 5000, 5000, 5000], Enumerable.Range(1, 6).Select(options.StepsOf));
    }

    [Fact]
    public async Task The_report_is_written_as_JSON()
    {
        using var sft = new MarkovPolicy(Sft);
        using var result = await new WarpLoop(Catalog(), Small).RunAsync(sft.Weights, cancellationToken: Token);
        var json = JsonSerializer.Serialize(result.Report, new JsonSerializerOptions { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals });
        using var document = JsonDocument.Parse(json);
        Assert.Equal(3, document.RootElement.GetProperty("Front").GetProperty("Points").GetArrayLength());
    }

    [Fact]
    public void A_name_is_taken_once()
    {
        var error = Assert.Throws<ArgumentException>(() => Catalog().AddReward(LikesTwo));
        Assert.Contains("a reward model 'reward' already", error.Message, StringComparison.Ordinal);
        Assert.Contains("'none' are empty", Assert.Throws<ArgumentException>(() => Catalog().AddPrompts([], "none")).Message, StringComparison.Ordinal);
    }

    private static readonly IRewardModel LikesTwo = RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 2));
    private static readonly Prompt[] Prompts = [.. Enumerable.Range(0, 16).Select(i => MarkovPolicy.StartingAt(1 + i % 2))];

    private static PartCatalog Catalog() => new PartCatalog()
        .AddPolicy(() => new MarkovPolicy(MarkovPolicy.Flat()))
        .AddReward(LikesTwo)
        .AddPrompts(Prompts)
        .AddHeldOutPrompts(Prompts);

    private static float[] Values(ParameterSet weights)
    {
        using var scope = NewDisposeScope();
        return weights["logits"].Tensor.detach().data<float>().ToArray();
    }

    /// <summary>Executes nothing: gives back the start and remembers what was asked for.</summary>
    private sealed class Recorder : IRunExecutor
    {
        public List<RunRequest> Requests { get; } = [];

        public Task<RunOutcome> ExecuteAsync(RunRequest request, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken)
        {
            Requests.Add(request);
            var report = new ReinforceReport
            {
                Seed = request.Seed,
                StopReason = StopReason.Completed,
                FinalStep = request.Options.Steps,
                Steps = [],
                Evaluations = [],
                Duration = TimeSpan.Zero,
            };
            return Task.FromResult(new RunOutcome(request.Start.Clone(), report));
        }
    }
}
