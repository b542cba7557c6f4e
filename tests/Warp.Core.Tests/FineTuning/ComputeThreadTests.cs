using static TorchSharp.torch;

namespace Warp.Tests;

[Collection(SerialCollection.Name)]
public sealed class ComputeThreadTests
{
    [Fact]
    public async Task The_number_of_threads_is_fixed_for_the_work_and_put_back_for_the_process()
    {
        var before = await NewThreadsNumber();
        using var started = new ManualResetEventSlim();
        using var other = new ManualResetEventSlim();
        var one = ComputeThread.RunAsync(1, () =>
        {
            started.Set();
            other.Wait(); // another thread sets another number meanwhile
            return get_num_threads();
        }, CancellationToken.None);
        started.Wait(TestContext.Current.CancellationToken);
        var two = await ComputeThread.RunAsync(2, get_num_threads, CancellationToken.None);
        other.Set();
        Assert.Equal((1, 2), (await one, two));
        Assert.Equal(before, await NewThreadsNumber());
    }

    private static Task<int> NewThreadsNumber() =>
        Task.Factory.StartNew(get_num_threads, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
