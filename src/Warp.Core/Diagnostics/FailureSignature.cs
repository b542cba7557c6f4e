namespace Warp;

/// <summary>Patterns in what is measured that have a known cause.</summary>
public enum FailureSignature
{
    /// <summary>The KL grows explosively, or is half-way to the ceiling: β too low, or the anchor not following.</summary>
    KlExplosion,

    /// <summary>The mean KL to the anchor stays below zero: log-probabilities of sampler and scorer disagree.</summary>
    NegativeKl,

    /// <summary>Completions grow steadily longer, or more and more of them are cut off: length bias of the reward.</summary>
    LengthGrowth,

    /// <summary>All rewards of a batch are alike, again and again: nothing to learn from.</summary>
    NoRewardSpread,

    /// <summary>The merge has no more reward than the better of its parents: task vectors too alike, or nearly opposite.</summary>
    MergeBelowParents,

    /// <summary>The interpolation lies below the straight line between its ends: θ_init too unlike the merged policy.</summary>
    NoBetterFront,
}

/// <summary>A pattern that was noticed.</summary>
/// <param name="Signature">Which one.</param>
/// <param name="Step">The step of the run after which it was noticed; 0 for merges and interpolations.</param>
/// <param name="Message">The numbers, what they mean, and what to try.</param>
public sealed record FailureWarning(FailureSignature Signature, int Step, string Message);
