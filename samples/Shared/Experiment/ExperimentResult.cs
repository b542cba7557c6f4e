namespace Warp.Samples;

/// <summary>Everything that was measured.</summary>
internal sealed record ExperimentResult(
    ExperimentPlan Plan,
    IReadOnlyList<Measurement> Measurements,
    IReadOnlyList<ReinforceReport> Baselines,
    WarpResult Warp,
    IReadOnlyList<Stage> Stages)
{
    public WarpOptions Settings => Plan.Settings;

    public IReadOnlyList<double> BaselineBetas => Experiment.BaselineBetas(Settings.Reinforce.KlCoefficient);

    public IEnumerable<Measurement> Of(string method, int? iteration = null) =>
        Measurements.Where(m => m.Method == method && (iteration is null || m.Iteration == iteration));
}
