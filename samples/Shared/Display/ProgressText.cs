using System.Globalization;

namespace Warp.Samples;

/// <summary>Metrics in a few words: 33 places hold them, so that a row fits into 80.</summary>
internal static class ProgressText
{
    public static string Of(StepMetrics step) => string.Create(
        CultureInfo.InvariantCulture,
        $"reward {Numbers.Text(step.Reward),5} KL {Numbers.Text(step.KlToAnchor, 1),4} {step.Tokens / Math.Max(1e-9, step.Duration.TotalSeconds),5:0} tok/s");

    public static string Of(PolicyEvaluation evaluation) =>
        $"KL {Numbers.Text(evaluation.Kl.Mean, 1)}, reward {Numbers.Text(evaluation.Reward.Mean)}{string.Concat(evaluation.OtherRewards.Select(r => $", {r.Key} {Numbers.Text(r.Value.Mean)}"))}";

    /// <summary>A time in minutes and seconds, or hours and minutes.</summary>
    public static string Clock(TimeSpan time) => time.TotalHours >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours} h {time.Minutes:00}")
        : time.ToString(@"m\:ss", CultureInfo.InvariantCulture);

    /// <summary>Sends a run's progress to its line.</summary>
    public static IProgress<ReinforceProgress> To(IProgressLine line) => new Relay(line);

    private sealed class Relay(IProgressLine line) : IProgress<ReinforceProgress>
    {
        public void Report(ReinforceProgress value) => line.Report(value.Step, Of(value.Metrics));
    }
}
