using System.Runtime.InteropServices;
using Warp.Samples;

namespace Warp.Tests;

public sealed class StopSignalsTests
{
    [Fact]
    public void TheFirstSignalCancelsTheWorkAndTheSecondEndsTheProcess()
    {
        using var signals = new StopSignals(TestContext.Current.CancellationToken);
        var (first, second) = (new PosixSignalContext(PosixSignal.SIGINT), new PosixSignalContext(PosixSignal.SIGTERM));
        Assert.False(signals.Token.IsCancellationRequested);
        signals.Stop(first);
        Assert.True(first.Cancel); // the process goes on, to save
        Assert.True(signals.Token.IsCancellationRequested);
        signals.Stop(second);
        Assert.False(second.Cancel);
    }

    [Fact]
    public void TheTokenGivenCancelsToo()
    {
        using var source = new CancellationTokenSource();
        using var signals = new StopSignals(source.Token);
        source.Cancel();
        Assert.True(signals.Token.IsCancellationRequested);
    }
}
