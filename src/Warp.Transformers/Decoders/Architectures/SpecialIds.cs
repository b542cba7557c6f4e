namespace Warp.Transformers;

/// <summary>Token ids with a meaning of their own; null where there is none.</summary>
internal sealed record SpecialIds(int? Start, int? End, int? Pad);
