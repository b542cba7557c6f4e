namespace Warp.Transformers;

/// <summary>What becomes of the matches by which a piece is split.</summary>
internal enum SplitBehavior
{
    /// <summary>They go.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>Each joins what is before it.</summary>
    MergedWithPrevious,

    /// <summary>Each joins what is behind it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are one piece.</summary>
    Contiguous,
}
