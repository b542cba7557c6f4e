using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Policies narrower than float32 are trained, averaged and merged at full precision, and rounded only into the policy itself.</summary>
public sealed class NarrowPolicyTests
{
    private static readonly double[,] Ones = { { 1, 1, 1 }, { 1, 1, 1 }, { 1, 1, 1 } };
    private static readonly Prompt[] Prompts = [MarkovPolicy.StartingAt(1), MarkovPolicy.StartingAt(2)];

    // Steps of 1e-6: bfloat16 near 1 cannot hold any of these weights, float32 all of them.
    private static readonly WarpOptions Options = new()
    {
        Iterations = 2,
        Runs = 2,
        Steps = [20],
        FrontEtas = [0, 1],
        Reinforce = new ReinforceOptions { PromptsPerStep = 2, WarmupSteps = 0, LearningRate = 1e-6, Sampling = new SamplingOptions { MaxNewTokens = 3 } },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_loop_moves_a_bfloat16_policy_at_the_papers_learning_rate()
    {
        using var sft = new MarkovPolicy(Ones, ScalarType.BFloat16);
        using var result = await new WarpLoop(Catalog(ScalarType.BFloat16), Options).RunAsync(sft.Weights, cancellationToken: Token);
        Assert.All(result.Report.Iterations, i => Assert.All(i.Merge.Groups[0].Norms, norm => Assert.InRange(norm, 1e-6, 1e-3)));
        Assert.Equal(ScalarType.Float32, result.Weights["logits"].Tensor.dtype);
    }

    [Fact]
    public async Task The_start_may_have_another_type_than_the_policy()
    {
        using var half = new MarkovPolicy(Ones, ScalarType.BFloat16);
        using var wide = new MarkovPolicy(Ones, ScalarType.Float64);
        using var fromHalf = await new WarpLoop(Catalog(ScalarType.Float32), Options).RunAsync(half.Weights, cancellationToken: Token);
        using var fromWide = await new WarpLoop(Catalog(ScalarType.Float32), Options).RunAsync(wide.Weights, cancellationToken: Token);
        Assert.Equal(fromHalf.Weights["logits"].Tensor.data<float>().ToArray(), fromWide.Weights["logits"].Tensor.data<float>().ToArray());
    }

    [Fact]
    public async Task The_anchor_follows_the_masters_and_not_their_rounding()
    {
        using var policy = new MarkovPolicy(Ones, ScalarType.BFloat16);
        using var anchor = new EmaAnchor(new MarkovPolicy(Ones, ScalarType.BFloat16), rate: 1);
        var trainer = new ReinforceTrainer(
            policy, anchor, RewardModel.From(r => r.Completion.TokenIds.Count), Prompts, Options.Reinforce with { Steps = 20 });
        var outcome = await trainer.RunForWeightsAsync(1, cancellationToken: Token);
        // With μ = 1 the anchor is the policy at full precision.
        Assert.Equal(outcome.Weights["logits"].Tensor.data<float>().ToArray(), anchor.Weights["logits"].Tensor.data<float>().ToArray());
        Assert.Contains(outcome.Weights["logits"].Tensor.data<float>().ToArray(), v => v != 1);
        outcome.Weights.Dispose();
    }

    [Fact]
    public void A_frozen_reference_follows_all_the_same()
    {
        using var policy = new MarkovPolicy(new double[,] { { 2, 3, 4 }, { 5, 6, 7 }, { 8, 9, 10 } });
        var reference = new MarkovPolicy(Ones);
        reference.Logits.requires_grad = false;
        using var anchor = new EmaAnchor(reference, rate: 1);
        anchor.Update(policy.Weights);
        Assert.Equal([2f, 3, 4, 5, 6, 7, 8, 9, 10], anchor.Weights["logits"].Tensor.data<float>().ToArray());
    }

    [Fact]
    public async Task A_merger_that_does_not_fit_says_so_before_the_first_step()
    {
        using var sft = new MarkovPolicy(Ones);
        var steps = 0;
        var progress = new SynchronousProgress<WarpProgress>(p => steps += p.Stage == WarpStage.FineTuning ? 1 : 0);
        var loop = new WarpLoop(Catalog(ScalarType.Float32), Options with { Runs = 3 }) { Merger = new SlerpMerger(new MergeOptions { Lambda = 0.3 }) };
        var error = await Assert.ThrowsAsync<OptionsException>(() => loop.RunAsync(sft.Weights, progress, Token));
        Assert.Contains("Lambda is 0.3, but there are 3 policies", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, steps);
    }

    private static PartCatalog Catalog(ScalarType type) => new PartCatalog()
        .AddPolicy(() => new MarkovPolicy(MarkovPolicy.Flat(), type))
        .AddReward(RewardModel.From(r => r.Completion.TokenIds.Count))
        .AddPrompts(Prompts)
        .AddHeldOutPrompts(Prompts);
}
