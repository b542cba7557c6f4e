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
}
