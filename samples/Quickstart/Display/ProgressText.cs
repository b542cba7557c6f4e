using System.Globalization;

namespace Warp.Quickstart;

/// <summary>Metrics in a few words.</summary>
internal static class ProgressText
{
    public static string Of(StepMetrics step) => string.Create(
        CultureInfo.InvariantCulture,
        $"reward {step.Reward,6:0.00}  KL {step.KlToAnchor,6:0.00}  {step.Tokens / Math.Max(1e-9, step.Duration.TotalSeconds),6:0} tokens/s");

    public static string Of(PolicyEvaluation evaluation) => string.Create(
        CultureInfo.InvariantCulture,
        $"held-out: KL {evaluation.Kl.Mean:0.0}  reward {evaluation.Reward.Mean:0.00}  gold {evaluation.OtherRewards[Names.Gold].Mean:0.00}");

    /// <summary>Sends a run's progress to its line.</summary>
    public static IProgress<ReinforceProgress> To(IProgressLine line) => new Relay(line);

    private sealed class Relay(IProgressLine line) : IProgress<ReinforceProgress>
    {
        public void Report(ReinforceProgress value) => line.Report(value.Step, Of(value.Metrics));
    }
}
