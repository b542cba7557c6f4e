using Warp.Snippets;

namespace Warp.Tests;

/// <summary>The examples of the guide, run.</summary>
public sealed class GuideTests
{
    private static readonly Prompt[] Prompts = [new("<1>", [1]), new("<2>", [2])];

    [Fact]
    public async Task The_policy_of_the_guide_learns()
    {
        var catalog = new PartCatalog()
            .AddPolicy(() => new BigramPolicy(4))
            .AddReward(RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 3)))
            .AddPrompts(Prompts)
            .AddHeldOutPrompts([.. Enumerable.Repeat(Prompts, 50).SelectMany(p => p)]);
        var options = new WarpOptions
        {
            Iterations = 1,
            Steps = [20],
            FrontEtas = [0, 1],
            Reinforce = new ReinforceOptions { PromptsPerStep = 4, LearningRate = 0.05, WarmupSteps = 0, Sampling = new SamplingOptions { MaxNewTokens = 4 } },
        };
        using var sft = new BigramPolicy(4);
        using var result = await new WarpLoop(catalog, options) { MaxParallelRuns = 2 }.RunAsync(sft.Weights, cancellationToken: TestContext.Current.CancellationToken);
        var (start, end) = (result.Front.Points[0].Evaluation, result.Front.Points[1].Evaluation);
        Assert.Equal(0, start.Kl.Mean);
        Assert.True(end.Reward.Mean - start.Reward.Mean > 5 * end.Reward.StandardError, $"{start} → {end}");
    }

    [Fact]
    public void The_merge_of_the_guide_merges()
    {
        using var folder = new TemporaryFolder();
        string[] paths = [.. new[] { "init", "a", "b", "out" }.Select(name => Path.Combine(folder.Path, name + ".safetensors"))];
        Save(paths[0], 0, 0);
        Save(paths[1], 4, 0);
        Save(paths[2], 0, 4);
        MergeByHand.Run(paths[0], paths[1], paths[2], paths[3]);

        // Orthogonal task vectors of norm 4: SLERP at ½ is (2√2, 2√2), LITI at 0.3 of it from 0.
        using var merged = Safetensors.Load(paths[3]);
        Assert.All(merged["w"].Tensor.data<float>().ToArray(), v => Assert.Equal(0.3 * 2 * Math.Sqrt(2), v, 1e-6));
    }

    [Fact]
    public async Task The_parts_of_the_guide_serve_a_loop()
    {
        var catalog = new PartCatalog()
            .AddPolicy(() => new BigramPolicy(4)).AddReward(RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 3))).AddPrompts(Prompts).AddHeldOutPrompts(Prompts);
        var options = new WarpOptions
        {
            Iterations = 1,
            Steps = [6],
            FrontEtas = [1],
            Eta = 1,
            Reinforce = new ReinforceOptions { PromptsPerStep = 2, LearningRate = 0.05, Sampling = new SamplingOptions { MaxNewTokens = 4 } },
        };
        using var sft = new BigramPolicy(4);
        using var result = await OwnParts.Loop(catalog, options).RunAsync(sft.Weights, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal("task-arithmetic", result.Report.Iterations[0].Merge.Method);
    }

    [Fact]
    public void The_merger_of_the_guide_adds_task_vectors()
    {
        using var init = Set(1, 1);
        using var first = Set(3, 1);
        using var second = Set(1, 5);
        using var merged = new TaskArithmetic(0.5).Merge(init, [first, second]);
        Assert.Equal([2f, 3], merged.Weights["w"].Tensor.data<float>().ToArray()); // 1 + (2 + 0)/2, 1 + (0 + 4)/2
        Assert.Equal([1f, 1], init["w"].Tensor.data<float>().ToArray());
    }

    private static ParameterSet Set(params float[] values)
    {
        using var tensor = TorchSharp.torch.tensor(values);
        return ParameterSet.Copy([new("w", tensor)]);
    }

    private static void Save(string path, params float[] values)
    {
        using var set = Set(values);
        Safetensors.Save(path, set);
    }
}
