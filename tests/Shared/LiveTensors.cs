using TorchSharp;

namespace Warp.Tests;

/// <summary>Counts the tensors that this thread has made and not disposed.</summary>
internal static class LiveTensors
{
    public static long Count => DisposeScopeManager.Statistics.ThreadTotalLiveCount;

    /// <summary>Asserts that an action leaves no tensor behind on this thread.</summary>
    public static void AssertNoneLeft(Action action)
    {
        action(); // what is made once (statics, caches) is made now
        var before = Count;
        action();
        Assert.Equal(before, Count);
    }
}
