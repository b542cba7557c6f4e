namespace Warp;

/// <summary>Counts bytes on any thread and reports them on the one that works for the caller.</summary>
internal sealed class ByteProgress(IProgress<CheckpointProgress>? progress, TimeProvider time, long totalBytes)
{
    internal const string Measuring = "measuring";
    internal const string Writing = "writing";
    internal const string Hashing = "hashing";

    /// <summary>No more than so many reports of one stage.</summary>
    private const long Reports = 1000;

    private readonly long _started = time.GetTimestamp();
    private long _bytes;
    private long _reported = -1;
    private string _stage = "";

    internal void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);

    /// <summary>Reports if the stage is new or enough has been done since the last report.</summary>
    internal void Report(string stage)
    {
        var bytes = Interlocked.Read(ref _bytes);
        if (progress is null || (stage == _stage && bytes - _reported < Math.Max(1, totalBytes / Reports)))
            return;
        Send(stage, bytes);
    }

    /// <summary>The last report, unless it has been made: all bytes.</summary>
    internal void Finish()
    {
        if (progress is not null && _reported < Interlocked.Read(ref _bytes))
            Send(_stage, Interlocked.Read(ref _bytes));
    }

    private void Send(string stage, long bytes)
    {
        (_stage, _reported) = (stage, bytes);
        var elapsed = time.GetElapsedTime(_started);
        TimeSpan? remaining = bytes == 0 ? null : elapsed * ((double)Math.Max(0, totalBytes - bytes) / bytes);
        progress!.Report(new(stage, bytes, totalBytes, elapsed, remaining));
    }
}
