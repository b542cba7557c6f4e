using System.Globalization;
using System.Text.RegularExpressions;

namespace Warp.Plotting.Drawing;

/// <summary>What has to be put right in the SVG that Skia writes.</summary>
internal static partial class SvgText
{
    private const string Alike = ", Helvetica, Arial, 'DejaVu Sans', sans-serif\"";

    /// <summary>The same drawing, in the same text every time, and readable without our font.</summary>
    internal static string Portable(string svg, int width, int height)
    {
        // Skia counts clip paths through the life of the process: number them from 0 here.
        var clips = new Dictionary<string, string>(StringComparer.Ordinal);
        svg = ClipReference().Replace(svg, match =>
        {
            var id = match.Groups["id"].Value;
            clips.TryAdd(id, string.Create(CultureInfo.InvariantCulture, $"clip{clips.Count}"));
            return match.Groups["before"].Value + clips[id];
        });

        // Clearing the canvas comes out as a rectangle without a colour, which viewers fill with black.
        svg = svg.Replace(string.Create(CultureInfo.InvariantCulture, $"<rect width=\"{width}\" height=\"{height}\"/>"), "", StringComparison.Ordinal);

        // It names only the typeface itself; a viewer that lacks it should take something alike, not its serif default.
        return svg
            .Replace("font-family=\"Inter\"", "font-family=\"Inter" + Alike, StringComparison.Ordinal)
            .Replace("font-family=\"Inter SemiBold, Inter\"", "font-family=\"Inter SemiBold, Inter" + Alike, StringComparison.Ordinal);
    }

    [GeneratedRegex("(?<before>id=\"|url\\(#)(?<id>cl_[0-9a-f]+)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ClipReference();
}
