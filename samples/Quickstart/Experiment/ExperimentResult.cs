namespace Warp.Quickstart;

/// <summary>Everything that was measured.</summary>
internal sealed record ExperimentResult(
    WarpOptions Settings,
    Preparation Preparation,
    IReadOnlyList<Measurement> Measurements,
    IReadOnlyList<ReinforceReport> Baselines,
    WarpResult Warp,
    IReadOnlyList<Preparation.Stage> Stages)
{
    public IReadOnlyList<double> BaselineBetas => QuickstartExperiment.BaselineBetas(Settings.Reinforce.KlCoefficient);

    public IEnumerable<Measurement> Of(string method, int? iteration = null) =>
        Measurements.Where(m => m.Method == method && (iteration is null || m.Iteration == iteration));
}
