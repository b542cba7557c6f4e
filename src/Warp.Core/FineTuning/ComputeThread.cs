using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// Runs synchronous tensor work on a thread of its own, with torch's number of threads fixed. Torch keeps that number, gradient mode and
/// dispose scopes per thread, so work that hopped between pool threads would depend on what had run there before.
/// </summary>
internal static class ComputeThread
{
    private static readonly Lock Gate = new();
    private static int _running;
    private static int _before;

    internal static Task<T> RunAsync<T>(int torchThreads, Func<T> work, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () =>
        {
            NativeBackend.EnsureLoaded();
            Enter(torchThreads);
            try
            {
                return work();
            }
            finally
            {
                Leave();
            }
        },
        cancellationToken,
        TaskCreationOptions.LongRunning | TaskCreationOptions.DenyChildAttach,
        TaskScheduler.Default);

    /// <summary>Waits for what may be remote. The thread is ours and has no synchronization context, so nothing can wait for it in turn.</summary>
    internal static T Wait<T>(ValueTask<T> task) => task.IsCompleted ? task.GetAwaiter().GetResult() : task.AsTask().GetAwaiter().GetResult();

    // Setting a thread's number also sets what new threads of the process begin with. Asking first makes torch initialise this thread now,
    // rather than at its first parallel operation, when another thread may have set something else; and the value for new threads is put back.
    private static void Enter(int torchThreads)
    {
        lock (Gate)
        {
            var current = get_num_threads();
            if (_running++ == 0)
                _before = current;
            set_num_threads(torchThreads);
        }
    }

    private static void Leave()
    {
        lock (Gate)
        {
            if (--_running == 0)
                set_num_threads(_before);
        }
    }
}
