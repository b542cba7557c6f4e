using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A loop that was cut off anywhere ends with the bytes of one that was not.</summary>
public sealed class ResumeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, ScalarType.Float32, Baseline.MovingAverage, 1)]
    [InlineData(1, ScalarType.Float32, Baseline.LeaveOneOut, 5)]
    [InlineData(2, ScalarType.Float32, Baseline.MovingAverage, 3)]
    [InlineData(1, ScalarType.BFloat16, Baseline.MovingAverage, 3)]
    public async Task Cancelled_after_any_event_it_ends_with_the_same_bytes(int parallel, ScalarType type, Baseline baseline, int every)
    {
        var options = SmallLoop.Options with { Reinforce = SmallLoop.Options.Reinforce with { Baseline = baseline } };
        var expected = await SmallLoop.RunAsync(null, options, type: type, cancellationToken: Token);
        for (var at = 1; ; at += every)
        {
            using var folder = new TemporaryFolder();
            var cut = await CutAsync(folder.Path, at, 3, options, type, parallel);
            using var store = Open(folder.Path, 3);
            Assert.Equal(expected, await SmallLoop.RunAsync(store, options, type: type, parallel: parallel, cancellationToken: Token));
            if (!cut)
                break;
        }
    }

    [Fact]
    public async Task Cut_off_again_and_again_it_ends_with_the_same_bytes()
    {
        var expected = await SmallLoop.RunAsync(null, cancellationToken: Token);
        using var folder = new TemporaryFolder();
        var cuts = 0;
        while (await CutAsync(folder.Path, 2, 1, SmallLoop.Options, ScalarType.Float32, 1))
            cuts++;
        Assert.InRange(cuts, 10, 40); // each time one step further
        using var store = Open(folder.Path, 1);
        Assert.Equal(expected, await SmallLoop.RunAsync(store, cancellationToken: Token));
    }

    [Fact]
    public async Task What_is_done_is_not_done_again()
    {
        using var folder = new TemporaryFolder();
        var expected = await SmallLoop.RunAsync(null, cancellationToken: Token);
        using (var store = Open(folder.Path, 100))
            Assert.Equal(expected, await SmallLoop.RunAsync(store, cancellationToken: Token));

        // Everything is in the checkpoint: neither steps nor evaluations, whose rewards would fail, nor merges.
        using var again = Open(folder.Path, 100);
        Assert.True(again.IsResumed);
        var never = RewardModel.From(_ => throw new InvalidOperationException("asked again"));
        Assert.Equal(expected, await SmallLoop.RunAsync(again, catalog: SmallLoop.Catalog(reward: never), cancellationToken: Token));
    }

    [Fact]
    public async Task One_store_serves_a_second_attempt_in_the_same_process()
    {
        using var folder = new TemporaryFolder();
        var expected = await SmallLoop.RunAsync(null, cancellationToken: Token);
        using var store = Open(folder.Path, 100);
        var left = 6;
        var failing = RewardModel.From((rollouts, _) => Interlocked.Decrement(ref left) == 0
            ? throw new InvalidOperationException("down")
            : SmallLoop.LikesTwo.ScoreAsync(rollouts, Token));
        await Assert.ThrowsAsync<RewardException>(() => SmallLoop.RunAsync(store, catalog: SmallLoop.Catalog(reward: failing), cancellationToken: Token));
        Assert.Equal(expected, await SmallLoop.RunAsync(store, catalog: SmallLoop.Catalog(reward: failing), cancellationToken: Token));
    }

    /// <summary>Runs until the given number of events, or to the end.</summary>
    private static async Task<bool> CutAsync(string folder, int at, int interval, WarpOptions options, ScalarType type, int parallel)
    {
        using var cancel = new CancellationTokenSource();
        var events = 0;
        var progress = new SynchronousProgress<WarpProgress>(p =>
        {
            if (Interlocked.Increment(ref events) == at)
                cancel.Cancel();
        });
        using var store = Open(folder, interval);
        try
        {
            await SmallLoop.RunAsync(store, options, progress: progress, type: type, parallel: parallel, cancellationToken: cancel.Token);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    private static CheckpointStore Open(string folder, int interval) =>
        CheckpointStore.Open(folder, new CheckpointStoreOptions { Interval = interval }, time: new FrozenTime());
}
