namespace Warp;

/// <summary>What one of the M runs does differently (paper, Appendix E: a run with a length penalty merged with one without).</summary>
public sealed record RunVariant
{
    /// <summary>Settings of this run; null for those of the loop. <see cref="ReinforceOptions.Steps"/> comes from the schedule all the same.</summary>
    public ReinforceOptions? Reinforce { get; init; }

    /// <summary>Names of this run's parts; null for those of the loop. Evaluations of the loop itself use the loop's.</summary>
    public RunParts? Parts { get; init; }
}
