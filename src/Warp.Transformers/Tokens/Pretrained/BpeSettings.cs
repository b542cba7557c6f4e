namespace Warp.Transformers;

/// <summary>What byte-pair encoding does with characters that the vocabulary lacks, and with pieces that it has.</summary>
/// <param name="Unknown">The id of what stands for unknown characters; null if they are lost.</param>
/// <param name="FuseUnknown">Whether unknown characters side by side are one.</param>
/// <param name="ByteFallback">Whether tokens such as &lt;0xE2&gt; stand for the bytes of unknown characters instead, where there are all of them.</param>
/// <param name="IgnoreMerges">Whether a piece that is a token is that token, however its merges go.</param>
internal sealed record BpeSettings(int? Unknown, bool FuseUnknown, bool ByteFallback, bool IgnoreMerges);
