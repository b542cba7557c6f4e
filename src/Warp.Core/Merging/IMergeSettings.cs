namespace Warp;

/// <summary>A merger whose settings can be compared with those of a checkpoint.</summary>
internal interface IMergeSettings
{
    MergeOptions Options { get; }
}
