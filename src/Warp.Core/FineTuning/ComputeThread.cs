using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// Runs synchronous tensor work on a thread of its own, with torch's number of threads fixed. Torch keeps that number, gradient mode and
/// dispose scopes per thread, so work that hopped between pool threads would depend on what had run there before.
/// </summary>
internal static class ComputeThread
{
    internal static Task<T> RunAsync<T>(int torchThreads, Func<T> work, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () =>
        {
            NativeBackend.EnsureLoaded();
            set_num_threads(torchThreads);
            return work();
        },
        cancellationToken,
        TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
        TaskScheduler.Default);

    /// <summary>Waits for what may be remote. The thread is ours and has no synchronization context, so nothing can wait for it in turn.</summary>
    internal static T Wait<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();
}
