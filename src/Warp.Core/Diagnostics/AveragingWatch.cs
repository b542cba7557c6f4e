using System.Globalization;

namespace Warp;

/// <summary>Looks for failure signatures in what a merge and an interpolation are worth.</summary>
internal static class AveragingWatch
{
    /// <summary>Degrees. The paper finds independent runs near 90°.</summary>
    private const double Alike = 60;
    private const double NearlyOpposite = 150;

    /// <summary>What looks wrong in an iteration.</summary>
    /// <param name="report">The iteration.</param>
    /// <param name="start">What its start was worth.</param>
    internal static IReadOnlyList<FailureWarning> Look(IterationReport report, PolicyEvaluation start) =>
        [.. new[] { MergeBelowParents(report), NoBetterFront(report, start) }.OfType<FailureWarning>()];

    private static FailureWarning? MergeBelowParents(IterationReport report)
    {
        var parents = report.Runs.Select(r => r.Evaluations.LastOrDefault(e => e.Step == r.FinalStep)?.Evaluation).OfType<PolicyEvaluation>().ToList();
        if (parents.Count < 2 || parents.Count < report.Runs.Count || !(report.Merged.Reward.Mean <= parents.Max(p => p.Reward.Mean)))
            return null;
        var angles = report.Merge.Groups.SelectMany(g => g.Steps).Select(s => s.AngleDegrees).OfType<double>().Order().ToList();
        var median = angles.Count == 0 ? (double?)null : angles[angles.Count / 2];
        var cause = median switch
        {
            null when report.Merge.Groups.Count == 0 => "The merger says nothing of angles: compare the standard errors, and look at what it does.",
            null => "There is no angle between task vectors: policies have not moved from their start. See that rewards differ and that the learning rate is large enough.",
            < Alike => "Independent runs lie near 90°; these are much alike, so their average gains little: give them other prompts or seeds, or let them train longer.",
            > NearlyOpposite => "They are nearly opposite, so the merge cancels what they learnt: see that all runs have one reward and one start.",
            _ => "The angles are as they should be, so this may be the noise of the evaluation: compare the standard errors, and evaluate on more prompts.",
        };
        return new(
            FailureSignature.MergeBelowParents,
            0,
            Text($"Iteration {report.Iteration}: the merge has a reward of {report.Merged.Reward}, no more than the best of its runs ({string.Join(", ", parents.Select(p => p.Reward))}). {(median is null ? "" : Text($"The median angle between task vectors is {median:0.#}°. "))}{cause}"));
    }

    private static FailureWarning? NoBetterFront(IterationReport report, PolicyEvaluation start)
    {
        var (merged, next) = (report.Merged, report.Next);
        var span = merged.Kl.Mean - start.Kl.Mean;
        if (!(span > 0) || next.Kl.Mean <= start.Kl.Mean || next.Kl.Mean >= merged.Kl.Mean)
            return null;
        var line = start.Reward.Mean + (merged.Reward.Mean - start.Reward.Mean) * (next.Kl.Mean - start.Kl.Mean) / span;
        return next.Reward.Mean < line - next.Reward.StandardError
            ? new(
                FailureSignature.NoBetterFront,
                0,
                Text($"Iteration {report.Iteration}: the interpolation has a reward of {next.Reward} at {next.Kl.Mean:0.##} nats, where the straight line from its start to the merge has {line:0.###}: no better front. θ_init and the merged policy are too unlike: try fewer steps per iteration, a larger KlCoefficient (β) or another Eta (η)."))
            : null;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
