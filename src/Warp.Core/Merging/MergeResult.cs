namespace Warp;

/// <summary>Merged weights and what was measured while merging.</summary>
public sealed class MergeResult : IDisposable
{
    internal MergeResult(ParameterSet weights, MergeReport report)
    {
        Weights = weights;
        Report = report;
    }

    /// <summary>Creates a result, for mergers of your own.</summary>
    /// <param name="weights">The merged weights; the result takes them over.</param>
    /// <param name="report">What was measured.</param>
    public static MergeResult Create(ParameterSet weights, MergeReport report)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(report);
        return new MergeResult(weights, report);
    }

    /// <summary>The merged weights; they belong to this result.</summary>
    public ParameterSet Weights { get; }

    /// <summary>Norms, angles and coefficients per group.</summary>
    public MergeReport Report { get; }

    /// <summary>Frees the weights.</summary>
    public void Dispose() => Weights.Dispose();
}
