namespace Warp.Quickstart;

/// <summary>Names that appear in results.</summary>
internal static class Names
{
    public const string Gold = "gold";
    public const string Sft = "sft";
    public const string EmaRun = "reinforce-ema-anchor";
    public const string Slerp = "slerp";
    public const string Lerp = "lerp";
    public const string Liti = "liti";
    public const string Warp = "warp";

    public static string SftAnchor(double beta) => FormattableString.Invariant($"reinforce-sft-anchor-beta-{beta:0.###}");
}
