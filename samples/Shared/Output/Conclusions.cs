using System.Globalization;

namespace Warp.Samples;

/// <summary>Says which of the paper's observations this run shows, which it does not, and where the reward was hacked. Everything from the numbers.</summary>
internal static class Conclusions
{
    // Below this, policies are all but the SFT policy, and any two of them are equal.
    internal const double LeastKl = 0.5;

    public static IEnumerable<string> Of(ExperimentResult result)
    {
        var last = result.Settings.Iterations;
        var front = Front(result, last);
        var baselines = result.BaselineBetas.Select(beta => (Name: $"REINFORCE with the {Names.SftAnchorTitle(beta)}", Points: result.Of(Names.SftAnchor(beta)).ToList())).ToList();

        yield return Verdict([.. baselines.SelectMany(b => FrontComparison.Findings(b.Points, front, LeastKl))], last * result.Settings.Runs);
        foreach (var (name, points) in baselines)
            yield return FrontComparison.Sentence(name, points, front, "the WARP front", LeastKl);

        var slerp = result.Of(Names.Slerp, 1).Single();
        var lerp = result.Of(Names.Lerp, 1).Single();
        yield return $"SLERP against LERP: reward {FrontComparison.Words(slerp.Reward, lerp.Reward)}, KL {FrontComparison.Words(slerp.Kl, lerp.Kl)} (paper: higher in both).";
        var runs = result.Of(Names.EmaRun, 1).GroupBy(m => m.Run).ToList();
        if (runs.Count > 1)
            yield return $"SLERP against the better of its runs: reward {FrontComparison.Words(slerp.Reward, runs.Select(g => g.Last()).MaxBy(m => m.Reward.Mean)!.Reward)} (paper: higher than both).";

        var first = Front(result, 1);
        foreach (var run in runs)
            yield return FrontComparison.Sentence($"EMA run {run.Key} of iteration 1", [.. run], first, "the front of iteration 1", LeastKl) + " (Paper: above the trajectories.)";

        if (last > 1)
        {
            var middle = Math.Min(first[^1].Kl.Mean, front[^1].Kl.Mean) / 2;
            if (middle >= LeastKl && FrontComparison.InterpolateAt(first, middle) is { } before && FrontComparison.InterpolateAt(front, middle) is { } after)
                yield return $"At a KL of {Short(middle)} nats the reward of the front of iteration {last}, against that of iteration 1, is {FrontComparison.Words(after, before)} (paper: higher, with diminishing returns); its range of KL is {Short(front[^1].Kl.Mean)} against {Short(first[^1].Kl.Mean)} nats.";
        }

        var angles = result.Warp.Report.Iterations[0].Merge.Groups.SelectMany(g => g.Steps).Select(s => s.AngleDegrees).OfType<double>().ToList();
        if (angles.Count > 0)
            yield return string.Create(CultureInfo.InvariantCulture, $"Angles between the task vectors of iteration 1: {angles.Min():0}° to {angles.Max():0}° (paper: about 90°).");

        var paths = baselines
            .Concat(result.Of(Names.EmaRun).GroupBy(m => (m.Iteration, m.Run)).Select(g => (Name: $"EMA run {g.Key.Run} of iteration {g.Key.Iteration}", Points: g.ToList())))
            .Append((Name: $"the WARP front of iteration {last}", Points: front));
        foreach (var line in Hacking([.. paths], result.Plan.Words.Judge))
            yield return line;
    }

    /// <summary>One sentence on WARP against the baseline.</summary>
    internal static string Verdict(IReadOnlyList<FrontFinding> findings, int warpRuns)
    {
        var reached = findings.Where(f => f.Difference is not null).ToList();
        var above = reached.Count(f => f.Sign > 0);
        var below = reached.Count(f => f.Sign < 0);
        var cost = $" WARP took {warpRuns} runs for its front, a baseline takes one.";
        if (reached.Count == 0)
            return "WARP against REINFORCE with the SFT anchor: no verdict, because no point of the baselines lies at a KL of the WARP front." + cost;
        var counts = $"{above} above, {below} below and {reached.Count - above - below} not distinguishable, of {reached.Count} points of the baselines within the front's KL";
        var verdict = (above, below) switch
        {
            (0, 0) => "neither is better beyond two standard errors",
            ( > 0, 0) => "the WARP front is better",
            (0, > 0) => "the WARP front is worse",
            _ => "neither is better everywhere",
        };
        return $"WARP against REINFORCE with the SFT anchor, reward at equal KL: {verdict} ({counts}).{cost}";
    }

    /// <summary>Where the reward that training sees went on rising while the score that it does not see fell.</summary>
    internal static IEnumerable<string> Hacking(IReadOnlyList<(string Name, List<Measurement> Points)> paths, string judge)
    {
        var unhacked = new List<string>();
        foreach (var (name, points) in paths)
        {
            var peak = points.MaxBy(m => m.Judge.Mean)!;
            var end = points[^1];
            if (FrontComparison.IsApart(peak.Judge, end.Judge) && FrontComparison.IsApart(peak.Reward, end.Reward) && end.Reward.Mean > peak.Reward.Mean)
                yield return $"Reward hacking: along {name} the {judge} falls from {Numbers.Text(peak.Judge)} at KL {Short(peak.Kl.Mean)} to {Numbers.Text(end.Judge)} at KL {Short(end.Kl.Mean)}, while the learned reward rises from {Short(peak.Reward.Mean)} to {Short(end.Reward.Mean)}.";
            else
                unhacked.Add(name);
        }

        if (unhacked.Count > 0)
            yield return $"No reward hacking beyond two standard errors along {string.Join(", ", unhacked)}.";
    }

    private static List<Measurement> Front(ExperimentResult result, int iteration) => [.. result.Of(Names.Warp, iteration).OrderBy(m => m.Kl.Mean)];

    private static string Short(double value) => Numbers.Text(value, 1);
}
