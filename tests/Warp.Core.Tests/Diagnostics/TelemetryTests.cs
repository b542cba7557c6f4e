using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Warp.Tests;

/// <summary>What a collector sees. Other tests may run loops meanwhile, so only what must be there is asked for.</summary>
public sealed class TelemetryTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Instruments_and_spans_can_be_collected()
    {
        var measured = new ConcurrentDictionary<string, double>();
        var tags = new ConcurrentDictionary<string, int>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Warp.Core")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) =>
        {
            measured[instrument.Name] = value;
            foreach (var label in labels)
                tags[label.Key] = 1;
        });
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => measured[instrument.Name] = value);
        listener.Start();

        var spans = new ConcurrentDictionary<string, int>();
        using var activities = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Warp.Core",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity => spans.AddOrUpdate(activity.OperationName, 1, (_, n) => n + 1),
        };
        ActivitySource.AddActivityListener(activities);

        using var folder = new TemporaryFolder();
        using (var store = CheckpointStore.Open(folder.Path))
        {
            using var sft = new MarkovPolicy(SmallLoop.Sft);
            using var result = await new WarpLoop(SmallLoop.Catalog(), SmallLoop.Options) { Checkpoints = store }.RunAsync(sft.Weights, cancellationToken: Token);
        }

        listener.RecordObservableInstruments();
        string[] names =
        [
            "warp.completion.length", "warp.completion.truncated", "warp.gradient.norm", "warp.kl.anchor", "warp.kl.sft", "warp.reward", "warp.reward.heldout",
            "warp.steps", "warp.tensors.live", "warp.tokens.rate",
        ];
        Assert.All(names, name => Assert.True(measured.ContainsKey(name), name));
        Assert.Superset(new HashSet<string> { "warp.iteration", "warp.run" }, tags.Keys.ToHashSet());
        Assert.All(
            new[] { "warp.loop", "warp.iteration", "warp.run", "warp.step", "warp.evaluate", "warp.merge", "warp.interpolate", "warp.save" },
            name => Assert.True(spans.ContainsKey(name), name));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Spans_lie_within_what_they_belong_to(int parallel)
    {
        // The disk is slow, so that the writer is still at work for one run when the other wants to be saved.
        using var folder = new TemporaryFolder();
        using var store = CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { Interval = 1, CreateFile = path => new SlowDisk(path) });
        var saved = new SynchronousProgress<WarpProgress>(_ => store.FlushAsync().GetAwaiter().GetResult()); // none gives way to a later one
        var spans = await SpansAsync(() => SmallLoop.RunAsync(store, progress: saved, parallel: parallel, cancellationToken: Token));
        var names = spans.ToDictionary(s => s.SpanId, s => s.OperationName);

        string[] Parents(string name) => [.. spans.Where(s => s.OperationName == name).Select(s => names.GetValueOrDefault(s.ParentSpanId, "outside")).Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(["outside"], Parents("warp.loop"));
        Assert.Equal(["warp.loop"], Parents("warp.iteration"));
        Assert.Equal(["warp.iteration"], Parents("warp.run"));
        Assert.Equal(["warp.run"], Parents("warp.step"));
        Assert.Equal(["warp.iteration", "warp.loop", "warp.run"], Parents("warp.evaluate"));
        Assert.Equal(["warp.iteration", "warp.loop"], Parents("warp.merge")); // the trial before the first iteration is the loop's
        Assert.Equal(["warp.iteration", "warp.loop"], Parents("warp.interpolate"));
        Assert.Equal(["warp.iteration", "warp.loop", "warp.run"], Parents("warp.save"));
        Assert.All(spans, s => Assert.Equal(ActivityStatusCode.Unset, s.Status));
        Assert.Equal(4, spans.Count(s => s.OperationName == "warp.run"));
        Assert.All(spans.Where(s => s.OperationName == "warp.run"), s => Assert.Equal(["warp.iteration", "warp.run"], s.TagObjects.Select(t => t.Key)));
        var runs = spans.Where(s => s.OperationName == "warp.run").ToDictionary(s => s.SpanId, s => $"warp/iteration-{s.GetTagItem("warp.iteration")}/run-{s.GetTagItem("warp.run")}, step ");
        Assert.All(
            spans.Where(s => s.OperationName == "warp.save" && runs.ContainsKey(s.ParentSpanId)),
            s => Assert.StartsWith(runs[s.ParentSpanId], (string)s.GetTagItem("warp.event")!, StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_failed_is_marked_and_what_was_cancelled_is_not()
    {
        var left = 8;
        var failing = RewardModel.From((rollouts, token) => --left == 0 ? throw new InvalidOperationException("down") : SmallLoop.LikesTwo.ScoreAsync(rollouts, token));
        var failed = await SpansAsync(() => Assert.ThrowsAsync<RewardException>(() => SmallLoop.RunAsync(null, catalog: SmallLoop.Catalog(reward: failing), cancellationToken: Token)));
        var marked = failed.Where(s => s.Status == ActivityStatusCode.Error).ToList();
        Assert.Equal(["warp.iteration", "warp.loop", "warp.run", "warp.step"], marked.Select(s => s.OperationName).Order(StringComparer.Ordinal));
        Assert.All(marked, s => Assert.Contains("down", s.StatusDescription, StringComparison.Ordinal));
        Assert.All(marked, s => Assert.Single(s.Events, e => e.Name == "exception"));

        using var cancel = new CancellationTokenSource();
        var cancelling = RewardModel.From((rollouts, token) =>
        {
            cancel.Cancel();
            return SmallLoop.LikesTwo.ScoreAsync(rollouts, token);
        });
        var cancelled = await SpansAsync(() => Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            SmallLoop.RunAsync(null, catalog: SmallLoop.Catalog(reward: cancelling), cancellationToken: cancel.Token)));
        Assert.NotEmpty(cancelled);
        Assert.All(cancelled, s => Assert.Equal(ActivityStatusCode.Unset, s.Status));
    }

    /// <summary>The spans of some work; those of other tests belong to other traces.</summary>
    private static async Task<List<Activity>> SpansAsync(Func<Task> work)
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Warp.Core",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        using var root = new Activity("test").Start();
        await work();
        return [.. spans.Where(s => s.TraceId == root.TraceId)];
    }

    private sealed class SlowDisk(string path) : FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None)
    {
        public override void Flush(bool flushToDisk)
        {
            Thread.Sleep(2);
            base.Flush(flushToDisk);
        }
    }
}
