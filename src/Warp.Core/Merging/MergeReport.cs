namespace Warp;

/// <summary>What a merge measured and did.</summary>
/// <param name="Method">The name of the method: <c>slerp</c>, <c>lerp</c> or a name of your own.</param>
/// <param name="Granularity">Which tensors shared an angle.</param>
/// <param name="Policies">M, the number of policies; their order is that of the call.</param>
/// <param name="Groups">One entry per group, in the order of the weights.</param>
public sealed record MergeReport(string Method, Granularity Granularity, int Policies, IReadOnlyList<MergeGroup> Groups)
{
    /// <summary>
    /// Remarks a person should read: a policy is θ_init in every weight, two policies have the same weights, or the task vectors of some groups
    /// are opposite and nearly cancel. Empty when all is well.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}

/// <summary>One group of tensors that was merged with one angle.</summary>
/// <param name="Name">The group's name.</param>
/// <param name="Tensors">Names of its tensors.</param>
/// <param name="Parameters">How many scalars they hold.</param>
/// <param name="Norms">‖δᵐ‖ of each policy's task vector, Euclidean.</param>
/// <param name="Steps">The M − 1 steps of the recursion of eq. 26; for a mean, what a SLERP would have met.</param>
/// <param name="Coefficients">The merged task vector is Σ coefficientₘ · δᵐ.</param>
/// <param name="MergedNorm">‖δ‖ of the merged task vector.</param>
public sealed record MergeGroup(
    string Name,
    IReadOnlyList<string> Tensors,
    long Parameters,
    IReadOnlyList<double> Norms,
    IReadOnlyList<MergeStep> Steps,
    IReadOnlyList<double> Coefficients,
    double MergedNorm);

/// <summary>One step of a merge: what has been merged so far with the next policy.</summary>
/// <param name="AngleDegrees">Ω between the two task vectors in degrees, in [0, 180]; null when one of them is zero.</param>
/// <param name="NormRatio">Norm of what has been merged so far over that of the next; null when the latter is zero.</param>
/// <param name="Kind">Whether the sphere could be followed, or why not.</param>
public sealed record MergeStep(double? AngleDegrees, double? NormRatio, MergeStepKind Kind);

/// <summary>Whether a step follows the sphere.</summary>
public enum MergeStepKind
{
    /// <summary>The angle is well defined: spherical weights.</summary>
    Spherical,

    /// <summary>A task vector is exactly zero: linear weights.</summary>
    ZeroVector,

    /// <summary>The task vectors are parallel (sin Ω &lt; 1e-6): linear weights.</summary>
    Parallel,

    /// <summary>The task vectors are opposite (sin Ω &lt; 1e-6): linear weights, which nearly cancel them.</summary>
    Opposite,
}
