namespace Warp;

/// <summary>What WARP gives back.</summary>
public sealed class WarpResult : IDisposable
{
    internal WarpResult(ParameterSet weights, ParameterSet merged, WarpReport report)
    {
        Weights = weights;
        Merged = merged;
        Report = report;
    }

    /// <summary>The final weights: the last iteration's (1−η) θ_init + η θ_slerp, where a further iteration would start.</summary>
    public ParameterSet Weights { get; }

    /// <summary>θ_slerp of the last iteration, the far end of the front. Any point of the front is (1−η) θ_sft + η of this: see <see cref="LitiInterpolator"/>.</summary>
    public ParameterSet Merged { get; }

    /// <summary>The KL-reward front towards θ_sft.</summary>
    public KlRewardFront Front => Report.Front;

    /// <summary>Everything measured.</summary>
    public WarpReport Report { get; }

    /// <summary>Frees both sets of weights.</summary>
    public void Dispose()
    {
        Weights.Dispose();
        Merged.Dispose();
    }
}
