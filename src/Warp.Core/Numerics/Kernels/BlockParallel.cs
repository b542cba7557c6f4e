namespace Warp;

/// <summary>Spreads work over cores by ranges of weights that do not depend on the number of threads.</summary>
internal static class BlockParallel
{
    /// <summary>Weights that one thread takes at a time: half a megabyte of float32, some 50 µs. No more than that stays on the calling thread.</summary>
    internal const int RangeSize = 1 << 17;

    /// <summary>Does <paramref name="work"/> for all ranges (first weight, number) of <paramref name="weights"/>.</summary>
    /// <param name="weights">How many there are.</param>
    /// <param name="threads">At most so many threads; null for one per core.</param>
    /// <param name="work">Must not throw.</param>
    /// <param name="cancellationToken">Ends the work between ranges.</param>
    internal static void Run(long weights, int? threads, Action<long, int> work, CancellationToken cancellationToken)
    {
        var ranges = (weights + RangeSize - 1) / RangeSize;
        var workers = (int)Math.Min(threads ?? Environment.ProcessorCount, ranges);
        long next = -1;
        if (workers > 1)
            Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, _ => TakeRanges());
        else
            TakeRanges();
        cancellationToken.ThrowIfCancellationRequested();

        void TakeRanges()
        {
            while (!cancellationToken.IsCancellationRequested && Interlocked.Increment(ref next) is var range && range < ranges)
                work(range * RangeSize, (int)Math.Min(RangeSize, weights - range * RangeSize));
        }
    }
}
