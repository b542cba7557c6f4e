namespace Warp;

/// <summary>What a run gives back.</summary>
/// <param name="Weights">θᵐ at full precision (float32 where the policy's type is narrower); the receiver disposes them.</param>
/// <param name="Report">What the run measured.</param>
public sealed record RunOutcome(ParameterSet Weights, ReinforceReport Report);
