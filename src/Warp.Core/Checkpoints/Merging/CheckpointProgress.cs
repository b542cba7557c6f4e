namespace Warp;

/// <summary>How far a merge of files is.</summary>
/// <param name="Stage">What is being done: <c>measuring</c>, <c>writing</c> or <c>hashing</c>.</param>
/// <param name="Bytes">Bytes read and written so far, over all stages.</param>
/// <param name="TotalBytes">Bytes that will have been read and written in the end.</param>
/// <param name="Elapsed">Wall-clock time since the start.</param>
/// <param name="Remaining">Estimate of the time left; null before the first bytes.</param>
public sealed record CheckpointProgress(string Stage, long Bytes, long TotalBytes, TimeSpan Elapsed, TimeSpan? Remaining);
