namespace Warp.Benchmarks;

/// <summary>
/// The least processor time of each operation. Where other programs take turns on the cores, the time on the clock says how busy they were; this
/// one still says what the operation costs, though not what it waits for.
/// </summary>
internal static class ProcessorTimes
{
    private static readonly Dictionary<(ModelShape Shape, string Operation), TimeSpan> Best = [];

    internal static void Add(ModelShape shape, string operation, TimeSpan time) =>
        Best[(shape, operation)] = Best.TryGetValue((shape, operation), out var best) && best < time ? best : time;

    /// <summary>Milliseconds, spread over all cores.</summary>
    internal static double PerCore(ModelShape shape, string operation) => Best[(shape, operation)].TotalMilliseconds / Environment.ProcessorCount;
}
