namespace Warp;

/// <summary>What a run gives back.</summary>
/// <param name="Weights">θᵐ; the receiver disposes them.</param>
/// <param name="Report">What the run measured.</param>
public sealed record RunOutcome(ParameterSet Weights, ReinforceReport Report);
