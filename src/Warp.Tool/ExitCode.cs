namespace Warp.Tool;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    internal const int Success = 0;

    /// <summary>The command was understood and failed: files that are missing, malformed or do not fit together, a full disk.</summary>
    internal const int Failure = 1;

    /// <summary>The command line is wrong; nothing was read or written.</summary>
    internal const int Usage = 2;

    /// <summary>Cancelled by a signal (128 + SIGINT, as shells have it).</summary>
    internal const int Cancelled = 130;
}
