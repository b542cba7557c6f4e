using System.Globalization;

namespace Warp.Samples;

/// <summary>Names that appear in results.</summary>
internal static class Names
{
    public const string Sft = "sft";
    public const string EmaRun = "reinforce-ema-anchor";
    public const string Slerp = "slerp";
    public const string Lerp = "lerp";
    public const string Liti = "liti";
    public const string Warp = "warp";

    /// <summary>Different for any two β: "R" is the shortest text that reads back as the same number.</summary>
    public static string SftAnchor(double beta) => $"reinforce-sft-anchor-beta-{beta.ToString("R", CultureInfo.InvariantCulture)}";

    /// <summary>A baseline, for people.</summary>
    public static string SftAnchorTitle(double beta) => string.Create(CultureInfo.InvariantCulture, $"SFT anchor, β = {beta:G6}");

    public static string Eta(double eta) => eta.ToString("0.####", CultureInfo.InvariantCulture);
}
