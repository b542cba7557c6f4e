namespace Warp;

/// <summary>Problems as lines of one message. A hostile file may have a million of them; a message is read by people.</summary>
internal static class ProblemList
{
    private const int Most = 50;
    private const int LongestLine = 400;

    internal static string Lines(IReadOnlyCollection<string> problems) =>
        string.Concat(problems.Take(Most).Select(p => $"{Environment.NewLine}  {(p.Length <= LongestLine ? p : $"{p.AsSpan(0, LongestLine)}…")}"))
        + (problems.Count > Most ? $"{Environment.NewLine}  and {problems.Count - Most} more" : "");
}
