using System.Globalization;

namespace Warp.Quickstart;

/// <summary>Says which of the paper's observations this run shows, which it does not, and where the reward was hacked. Everything from the numbers.</summary>
internal static class Conclusions
{
    // What lies within two standard errors is not called an effect.
    private const double Errors = 2;

    public static IEnumerable<string> Of(ExperimentResult result)
    {
        var last = result.Settings.Iterations;
        var front = Front(result, last);

        foreach (var beta in result.BaselineBetas)
            yield return Along(FormattableString.Invariant($"REINFORCE with the SFT anchor at β = {beta:0.###}"), [.. result.Of(Names.SftAnchor(beta))], front, "the WARP front");

        var runs = result.Of(Names.EmaRun, 1).GroupBy(m => m.Run).Select(g => g.Last()).ToList();
        var slerp = result.Of(Names.Slerp, 1).Single();
        var lerp = result.Of(Names.Lerp, 1).Single();
        var better = runs.MaxBy(m => m.Reward.Mean)!;
        yield return $"SLERP against LERP: reward {Compare(slerp.Reward, lerp.Reward)}, KL {Compare(slerp.Kl, lerp.Kl)} (paper: higher in both).";
        if (runs.Count > 1)
            yield return $"SLERP against the better of its runs: reward {Compare(slerp.Reward, better.Reward)} (paper: higher than both).";

        var first = Front(result, 1);
        foreach (var run in result.Of(Names.EmaRun, 1).GroupBy(m => m.Run))
            yield return Along($"EMA run {run.Key}", [.. run], first, "the front of iteration 1") + " (Paper: above the trajectories.)";

        if (last > 1)
        {
            var middle = Math.Min(first[^1].Kl.Mean, front[^1].Kl.Mean) / 2;
            if (InterpolateAt(first, middle) is { } before && InterpolateAt(front, middle) is { } after)
                yield return $"At a KL of {Text(middle)} nats the reward of the front of iteration {last}, against that of iteration 1, is {Compare(after, before)} (paper: higher, with diminishing returns); its range of KL is {Text(front[^1].Kl.Mean)} against {Text(first[^1].Kl.Mean)} nats.";
        }

        var angles = result.Warp.Report.Iterations[0].Merge.Groups.SelectMany(g => g.Steps).Select(s => s.AngleDegrees).OfType<double>().ToList();
        if (angles.Count > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"Angles between the task vectors of iteration 1: {angles.Min():0}° to {angles.Max():0}° (paper: about 90°).");

        foreach (var line in Hacking(result))
            yield return line;
    }

    /// <summary>The front's reward minus that of a trajectory, at each of its points that the front reaches.</summary>
    private static string Along(string name, IReadOnlyList<Measurement> trajectory, List<Measurement> front, string frontName)
    {
        var differences = trajectory.Select(m => (Point: m, At: InterpolateAt(front, m.Kl.Mean)))
            .Select(p => p.At is { } at ? $"{Compare(at, p.Point.Reward)} at KL {Text(p.Point.Kl.Mean)}" : $"out of reach at KL {Text(p.Point.Kl.Mean)}");
        return $"Along the training of {name}, the reward of {frontName} is {string.Join(", ", differences)}.";
    }

    /// <summary>Where the learned reward went on rising while the gold score fell.</summary>
    private static IEnumerable<string> Hacking(ExperimentResult result)
    {
        var paths = result.BaselineBetas
            .Select(beta => (Name: FormattableString.Invariant($"REINFORCE with the SFT anchor at β = {beta:0.###}"), Points: result.Of(Names.SftAnchor(beta)).ToList()))
            .Append((Name: $"the WARP front of iteration {result.Settings.Iterations}", Points: Front(result, result.Settings.Iterations)));
        var found = false;
        foreach (var (name, points) in paths)
        {
            var peak = points.MaxBy(m => m.Gold.Mean)!;
            var end = points[^1];
            if (!IsApart(peak.Gold, end.Gold) || !(end.Reward.Mean > peak.Reward.Mean))
                continue;
            found = true;
            yield return $"Reward hacking: along {name} the gold score falls from {peak.Gold} at KL {Text(peak.Kl.Mean)} to {end.Gold} at KL {Text(end.Kl.Mean)}, while the learned reward rises from {Text(peak.Reward.Mean)} to {Text(end.Reward.Mean)}.";
        }

        if (!found)
            yield return "No reward hacking beyond two standard errors: the gold score did not fall where the learned reward rose.";
    }

    private static List<Measurement> Front(ExperimentResult result, int iteration) => [.. result.Of(Names.Warp, iteration).OrderBy(m => m.Kl.Mean)];

    /// <summary>The front's reward at a KL, linearly between its points; null outside its range.</summary>
    internal static Estimate? InterpolateAt(IReadOnlyList<Measurement> front, double kl)
    {
        for (var i = 1; i < front.Count; i++)
        {
            var (left, right) = (front[i - 1], front[i]);
            if (kl < left.Kl.Mean || kl > right.Kl.Mean || right.Kl.Mean <= left.Kl.Mean)
                continue;
            var share = (kl - left.Kl.Mean) / (right.Kl.Mean - left.Kl.Mean);
            return new Estimate(
                left.Reward.Mean + share * (right.Reward.Mean - left.Reward.Mean),
                left.Reward.StandardError + share * (right.Reward.StandardError - left.Reward.StandardError),
                Math.Min(left.Reward.Count, right.Reward.Count));
        }

        return null;
    }

    // The policies answer the same prompts, so their errors are correlated and this one is on the large side.
    internal static double ErrorOfDifference(Estimate a, Estimate b) => Math.Sqrt(a.StandardError * a.StandardError + b.StandardError * b.StandardError);

    private static bool IsApart(Estimate a, Estimate b) => Math.Abs(a.Mean - b.Mean) > Errors * ErrorOfDifference(a, b);

    private static string Compare(Estimate a, Estimate b)
    {
        var difference = string.Create(CultureInfo.InvariantCulture, $"{a.Mean - b.Mean:+0.00;−0.00} ± {ErrorOfDifference(a, b):0.00}");
        return !IsApart(a, b) ? $"not distinguishable ({difference})" : $"{(a.Mean > b.Mean ? "higher" : "lower")} ({difference})";
    }

    private static string Text(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
