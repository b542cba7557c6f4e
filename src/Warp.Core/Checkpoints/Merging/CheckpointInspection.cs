namespace Warp;

/// <summary>Norms and angles of task vectors, with those of the full weights beside them (paper, Figs. 10c and 11).</summary>
/// <param name="Report">Per group, as a SLERP of the policies would report it: norms, angles in degrees, norm ratios.</param>
/// <param name="FullWeightAngles">
/// Per group of the report, in its order, and per step m (2 … M): the angle in degrees between the full weights θ¹ and θᵐ; null when one is zero.
/// </param>
public sealed record CheckpointInspection(MergeReport Report, IReadOnlyList<IReadOnlyList<double?>> FullWeightAngles);
