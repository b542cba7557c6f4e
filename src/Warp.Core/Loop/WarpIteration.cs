namespace Warp;

/// <summary>The weights of an iteration that has just ended, for whoever wants to keep or compare them. Lent for the call.</summary>
/// <param name="Init">θ_init, where the runs started.</param>
/// <param name="Policies">θ¹ … θᴹ.</param>
/// <param name="Merged">θ_slerp.</param>
/// <param name="Next">(1−η) θ_init + η θ_slerp.</param>
/// <param name="Report">What was measured.</param>
public sealed record WarpIteration(
    ParameterSet Init, IReadOnlyList<ParameterSet> Policies, ParameterSet Merged, ParameterSet Next, IterationReport Report);
