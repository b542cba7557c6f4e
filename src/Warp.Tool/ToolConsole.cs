namespace Warp.Tool;

/// <summary>Where the tool writes: results to one place, everything else to the other.</summary>
/// <param name="Output">Results, and nothing else.</param>
/// <param name="Error">Progress, warnings, errors.</param>
internal sealed record ToolConsole(TextWriter Output, TextWriter Error)
{
    /// <summary>Whether a person reads <see cref="Output"/> as it comes.</summary>
    internal bool OutputIsTerminal { get; init; }

    /// <summary>Whether a person reads <see cref="Error"/> as it comes: only then is progress shown.</summary>
    internal bool ErrorIsTerminal { get; init; }
}
