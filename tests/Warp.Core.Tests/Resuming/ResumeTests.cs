using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A loop that was cut off anywhere ends with the bytes of one that was not.</summary>
public sealed class ResumeTests
{
    private const double HighestKl = 0.5;
    private const int FrozenStride = 3;

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

    [Fact]
    public async Task Cancelled_while_any_reward_is_asked_it_says_and_ends_with_the_same()
    {
        // Evaluations ask for rewards too. The ceiling is near, so that one of them is half-way to it.
        var options = SmallLoop.Options with { Reinforce = SmallLoop.Options.Reinforce with { KlCeiling = HighestKl, LearningRate = 0.2 } };
        var calls = 0;
        var counting = RewardModel.From((rollouts, token) => Answer(++calls, rollouts, token));
        var expected = await SmallLoop.RunAsync(null, options, SmallLoop.Catalog(reward: counting), cancellationToken: Token);
        Assert.Contains("half-way or more to the ceiling", expected, StringComparison.Ordinal);

        for (var at = calls; at >= 1; at--)
        {
            using var folder = new TemporaryFolder();
            using var cancel = new CancellationTokenSource();
            var call = 0;
            var cancelling = RewardModel.From((rollouts, token) =>
            {
                if (++call == at)
                    cancel.Cancel();
                return Answer(call, rollouts, token);
            });
            using (var store = Open(folder.Path, 2))
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SmallLoop.RunAsync(store, options, SmallLoop.Catalog(reward: cancelling), cancellationToken: cancel.Token));
            using var again = Open(folder.Path, 2);
            Assert.Equal(expected, await SmallLoop.RunAsync(again, options, cancellationToken: Token));
        }

        static ValueTask<IReadOnlyList<Reward>> Answer(int _, IReadOnlyList<Rollout> rollouts, CancellationToken token)
        {
            token.ThrowIfCancellationRequested();
            return SmallLoop.LikesTwo.ScoreAsync(rollouts, token);
        }
    }

    [Fact]
    public async Task Whoever_fails_to_be_told_is_told_again()
    {
        var all = new List<string>();
        var expected = await SmallLoop.RunAsync(null, progress: new SynchronousProgress<WarpProgress>(p => all.Add($"{p}")), cancellationToken: Token);
        for (var at = 1; at <= all.Count; at++)
        {
            using var folder = new TemporaryFolder();
            var told = new List<string>();
            using (var store = Open(folder.Path, 3))
            {
                await Assert.ThrowsAsync<IOException>(() => SmallLoop.RunAsync(
                    store, progress: new SynchronousProgress<WarpProgress>(p => told.Add(told.Count + 1 == at ? throw new IOException("full") : $"{p}")), cancellationToken: Token));
            }

            using var again = Open(folder.Path, 3);
            Assert.Equal(expected, await SmallLoop.RunAsync(again, progress: new SynchronousProgress<WarpProgress>(p => told.Add($"{p}")), cancellationToken: Token));
            Assert.Equal(all.Distinct(), told.Distinct());
        }
    }

    [Fact]
    public async Task A_finished_loop_that_gets_more_iterations_measures_its_front_anew()
    {
        var more = SmallLoop.Options with { Iterations = 3 };
        var expected = await SmallLoop.RunAsync(null, more, cancellationToken: Token);
        using var folder = new TemporaryFolder();
        using (var store = Open(folder.Path, 100))
            await SmallLoop.RunAsync(store, cancellationToken: Token);
        using var again = CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { AcceptChanges = ["Iterations"] });
        Assert.Equal(expected, await SmallLoop.RunAsync(again, more, cancellationToken: Token));
    }

    [Fact]
    public async Task At_whatever_write_the_disk_is_frozen_it_ends_with_the_same_bytes()
    {
        var expected = await SmallLoop.RunAsync(null, cancellationToken: Token);
        using var folder = new TemporaryFolder();
        using var frozen = new TemporaryFolder();
        var states = new List<string>();
        var options = new CheckpointStoreOptions { Interval = 2, CreateFile = path => new Freezing(path, Freeze) };
        using (var store = CheckpointStore.Open(folder.Path, options, time: new FrozenTime()))
            Assert.Equal(expected, await SmallLoop.RunAsync(store, cancellationToken: Token));
        Assert.InRange(states.Count, 50, 1000);
        foreach (var state in states.Where((_, i) => i % FrozenStride == 0))
        {
            using var store = CheckpointStore.Open(state, time: new FrozenTime());
            Assert.Equal(expected, await SmallLoop.RunAsync(store, cancellationToken: Token));
        }

        void Freeze()
        {
            var state = frozen.File($"{states.Count}");
            foreach (var file in Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(state, Path.GetRelativePath(folder.Path, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                if (Path.GetFileName(file) != "lock")
                    File.Copy(file, copy);
            }

            states.Add(state);
        }
    }

    [Fact]
    public async Task Runs_of_an_executor_that_cannot_resume_begin_anew_and_those_that_have_ended_do_not()
    {
        var expected = await SmallLoop.RunAsync(null, cancellationToken: Token);
        using var folder = new TemporaryFolder();
        var (left, executed) = (5, new List<(int, int)>());
        for (var attempt = 1; attempt <= 2; attempt++)
        {
            using var executor = new Elsewhere(SmallLoop.Catalog(reward: RewardModel.From(
                (rollouts, token) => Interlocked.Decrement(ref left) == 0 ? throw new InvalidOperationException("down") : SmallLoop.LikesTwo.ScoreAsync(rollouts, token))), executed);
            using var store = Open(folder.Path, 1);
            using var sft = new MarkovPolicy(SmallLoop.Sft);
            var loop = new WarpLoop(SmallLoop.Catalog(), SmallLoop.Options with { Runs = 2 }) { Checkpoints = store, Executor = executor, Time = new FrozenTime() };
            if (attempt == 1)
            {
                left = 12; // 6 steps and 2 evaluations of the first run, and some of the second
                await Assert.ThrowsAsync<RewardException>(() => loop.RunAsync(sft.Weights, cancellationToken: Token));
                continue;
            }

            using var result = await loop.RunAsync(sft.Weights, cancellationToken: Token);
            Assert.Equal(expected, SmallLoop.Fingerprint(result));
        }

        Assert.Equal([(1, 1), (1, 2), (1, 2), (2, 1), (2, 2)], executed);
    }

    [Fact]
    public async Task Time_that_earlier_processes_spent_counts_and_what_they_did_is_not_still_to_come()
    {
        // A second passes with each step.
        var clock = new Clock();
        WarpProgress? last = null;
        await RunAsync(null, CancellationToken.None, (_, _) => { });
        var (whole, steps) = (last!.Elapsed, 20);
        Assert.Equal(TimeSpan.FromSeconds(steps), whole);

        using var folder = new TemporaryFolder();
        clock = new Clock();
        foreach (var at in new[] { 2, 7, 3, 100 }) // in the first run, after it, at its end, and to the end
        {
            using var cancel = new CancellationTokenSource();
            using var store = Open(folder.Path, 100);
            var events = 0;
            try
            {
                await RunAsync(store, cancel.Token, (_, p) =>
                {
                    if (p.Stage == WarpStage.FineTuning && ++events == at)
                        cancel.Cancel();
                });
            }
            catch (OperationCanceledException)
            {
            }

            clock.Now += 1000; // between two processes
        }

        Assert.Equal(whole, last.Elapsed);
        Assert.Equal(TimeSpan.Zero, last.Remaining);

        async Task RunAsync(CheckpointStore? store, CancellationToken token, Action<int, WarpProgress> also)
        {
            using var sft = new MarkovPolicy(SmallLoop.Sft);
            var progress = new SynchronousProgress<WarpProgress>(p =>
            {
                if (p.Stage == WarpStage.FineTuning)
                    clock.Now++;
                last = p;
                also(0, p);
            });
            using var result = await new WarpLoop(SmallLoop.Catalog(), SmallLoop.Options) { Checkpoints = store, Time = clock }.RunAsync(sft.Weights, progress, token);
            Assert.Equal(last!.Elapsed, result.Report.Duration);
        }
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

    /// <summary>Stops the world before anything is in a file, and before the file has its name.</summary>
    private sealed class Freezing(string path, Action freeze) : FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite)
    {
        private bool _written;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (!_written)
                freeze();
            _written = true;
            base.Write(buffer);
        }

        public override void Flush(bool flushToDisk)
        {
            freeze();
            base.Flush(flushToDisk);
        }
    }

    /// <summary>An executor that is not resumable.</summary>
    private sealed class Elsewhere(PartCatalog catalog, List<(int Iteration, int Run)> executed) : IRunExecutor, IDisposable
    {
        private readonly InProcessExecutor _inner = new(catalog) { Time = new FrozenTime() };

        public Task<RunOutcome> ExecuteAsync(RunRequest request, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken)
        {
            executed.Add((request.Iteration, request.Run));
            return _inner.ExecuteAsync(request, progress, cancellationToken);
        }

        public void Dispose() => _inner.Dispose();
    }

    private sealed class Clock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Now;
    }
}
