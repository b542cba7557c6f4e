using Warp.Snippets;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Anchors of one's own in a loop with a checkpoint.</summary>
public sealed class ResumableAnchorTests
{
    private static readonly WarpOptions Options = SmallLoop.Options with { Iterations = 1, Steps = [7], Parts = new RunParts { Anchor = "own" } };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_that_can_be_saved_goes_on_where_it_was()
    {
        var catalog = Catalog(policy => new SteppingAnchor(policy, interval: 3));
        var expected = await SmallLoop.RunAsync(null, Options, catalog, cancellationToken: Token);
        for (var at = 2; at <= 6; at++)
        {
            using var folder = new TemporaryFolder();
            await CutAsync(folder.Path, catalog, at);
            using var store = CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { Interval = 1 });
            Assert.Equal(expected, await SmallLoop.RunAsync(store, Options, catalog, cancellationToken: Token));
        }
    }

    [Fact]
    public async Task One_that_moves_and_cannot_be_saved_is_found_out()
    {
        var catalog = Catalog(policy => new MutePlainAnchor(new SteppingAnchor(policy, interval: 3)));
        using var folder = new TemporaryFolder();
        using var store = CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { Interval = 4 });
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => SmallLoop.RunAsync(store, Options, catalog, cancellationToken: Token));
        Assert.Contains("The anchor MutePlainAnchor has moved", error.Message, StringComparison.Ordinal);
        Assert.Contains(nameof(IResumableAnchor), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_stays_needs_nothing()
    {
        var catalog = Catalog(policy => new MutePlainAnchor(new FixedAnchor(policy)));
        using var folder = new TemporaryFolder();
        using var store = CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { Interval = 1 });
        Assert.Equal(await SmallLoop.RunAsync(null, Options, catalog, cancellationToken: Token), await SmallLoop.RunAsync(store, Options, catalog, cancellationToken: Token));
    }

    private static PartCatalog Catalog(Func<IPolicy, IAnchor> create) => SmallLoop.Catalog().AddAnchor(context => create(context.PolicyAt(context.Start)), "own");

    private static async Task CutAsync(string folder, PartCatalog catalog, int at)
    {
        using var cancel = new CancellationTokenSource();
        var events = 0;
        using var store = CheckpointStore.Open(folder, new CheckpointStoreOptions { Interval = 1 });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SmallLoop.RunAsync(
            store,
            Options,
            catalog,
            new SynchronousProgress<WarpProgress>(_ =>
            {
                if (++events == at)
                    cancel.Cancel();
            }),
            cancellationToken: cancel.Token));
    }

    /// <summary>Says nothing of its state.</summary>
    private sealed class MutePlainAnchor(IAnchor inner) : IAnchor
    {
        public ParameterSet Weights => inner.Weights;

        public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature) => inner.LogProbabilities(rollouts, temperature);

        public void Update(ParameterSet policy) => inner.Update(policy);

        public void Dispose() => inner.Dispose();
    }
}
