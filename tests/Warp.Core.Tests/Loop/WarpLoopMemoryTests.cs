using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Tensors alive in the whole process, because runs and merges have threads of their own.</summary>
[Collection(SerialCollection.Name)]
public sealed class WarpLoopMemoryTests
{
    private static readonly Prompt[] Prompts = [.. Enumerable.Range(0, 8).Select(i => MarkovPolicy.StartingAt(1 + i % 2))];

    private static readonly WarpOptions Options = new()
    {
        Iterations = 2,
        Runs = 2,
        Steps = [4],
        FrontEtas = [0, 1],
        Reinforce = new ReinforceOptions { PromptsPerStep = 2, Sampling = new SamplingOptions { MaxNewTokens = 3 }, LearningRate = 0.05, EvaluationInterval = 2 },
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_whole_loop_leaves_no_tensor_behind() => await AssertNothingLeft(async () =>
    {
        using var sft = new MarkovPolicy(MarkovPolicy.Flat());
        using var result = await new WarpLoop(Catalog(RewardModel.From(r => r.Completion.TokenIds.Count)), Options).RunAsync(sft.Weights, cancellationToken: Token);
    });

    [Theory]
    [InlineData(5)] // in a step of a run
    [InlineData(23)] // in a later run
    public async Task A_loop_that_fails_leaves_no_tensor_behind(int calls) => await AssertNothingLeft(async () =>
    {
        var left = calls;
        var failing = RewardModel.From(_ => left-- > 0 ? 1.0 : throw new InvalidOperationException("down"));
        using var sft = new MarkovPolicy(MarkovPolicy.Flat());
        await Assert.ThrowsAsync<RewardException>(() => new WarpLoop(Catalog(failing), Options).RunAsync(sft.Weights, cancellationToken: Token));
    });

    [Theory]
    [InlineData(WarpStage.Start)]
    [InlineData(WarpStage.FineTuning)]
    [InlineData(WarpStage.Merging)]
    [InlineData(WarpStage.Front)]
    public async Task A_loop_that_is_cancelled_leaves_no_tensor_behind(WarpStage stage) => await AssertNothingLeft(async () =>
    {
        using var cancel = new CancellationTokenSource();
        var progress = new SynchronousProgress<WarpProgress>(p =>
        {
            if (p.Stage == stage)
                cancel.Cancel();
        });
        using var sft = new MarkovPolicy(MarkovPolicy.Flat());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            new WarpLoop(Catalog(RewardModel.From(_ => 1.0)), Options).RunAsync(sft.Weights, progress, cancel.Token));
    });

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    [InlineData(20)]
    [InlineData(30)]
    public async Task A_loop_whose_disk_is_full_leaves_no_tensor_behind(int files) => await AssertNothingLeft(async () =>
    {
        using var folder = new TemporaryFolder();
        var left = files;
        var options = new CheckpointStoreOptions { Interval = 1, CreateFile = path => --left < 0 ? throw new IOException("full") : File.Create(path) };
        using var store = CheckpointStore.Open(folder.Path, options);
        using var sft = new MarkovPolicy(MarkovPolicy.Flat());
        await Assert.ThrowsAsync<CheckpointStoreException>(() => new WarpLoop(Catalog(RewardModel.From(r => r.Completion.TokenIds.Count)), Options)
        {
            Checkpoints = store,
            Merger = new Waiting(store),
        }.RunAsync(sft.Weights, cancellationToken: Token));
    });

    private static PartCatalog Catalog(IRewardModel reward) =>
        new PartCatalog().AddPolicy(() => new MarkovPolicy(MarkovPolicy.Flat())).AddReward(reward).AddPrompts(Prompts).AddHeldOutPrompts(Prompts);

    private static async Task AssertNothingLeft(Func<Task> work)
    {
        await work(); // what is made once is made now
        Collect();
        var (before, made) = (Tensor.TotalCount, MarkovPolicy.Made);
        await work();
        Collect();
        // TorchSharp never takes a Parameter off its count (nor those of its own layers); each policy has one.
        Assert.Equal(before + (MarkovPolicy.Made - made), Tensor.TotalCount);
    }

    // Handles that TorchSharp itself leaves to the finalizer are not what this is about.
    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    /// <summary>Merges, and waits for what was saved before: that it failed is known when the merge itself is saved.</summary>
    private sealed class Waiting(CheckpointStore store) : IMerger
    {
        public MergeResult Merge(ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken = default)
        {
            var result = new SlerpMerger().Merge(init, policies, cancellationToken);
            try
            {
                store.FlushAsync().GetAwaiter().GetResult();
            }
            catch (CheckpointStoreException)
            {
                // Whoever saves next is told.
            }

            return result;
        }
    }
}
