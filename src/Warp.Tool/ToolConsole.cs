namespace Warp.Tool;

/// <summary>Where the tool writes: results to one place, everything else to the other.</summary>
/// <param name="Output">Results, and nothing else.</param>
/// <param name="Error">Progress, warnings, errors.</param>
internal sealed record ToolConsole(TextWriter Output, TextWriter Error)
{
    /// <summary>Characters in a line of the terminal that shows <see cref="Output"/>; null when it is none.</summary>
    internal int? OutputWidth { get; init; }

    /// <summary>Whether a person reads <see cref="Error"/> as it comes: only then is progress shown.</summary>
    internal bool ErrorIsTerminal { get; init; }
}
