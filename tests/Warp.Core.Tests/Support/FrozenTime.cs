namespace Warp.Tests;

/// <summary>A clock that stands still, so that reports of equal runs are equal to the byte.</summary>
internal sealed class FrozenTime : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;

    public override long GetTimestamp() => 0;
}
