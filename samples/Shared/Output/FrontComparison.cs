namespace Warp.Samples;

/// <summary>A front beside one point of a trajectory.</summary>
/// <param name="Kl">The KL of the point.</param>
/// <param name="Difference">The front's reward at that KL minus the point's; null where the front does not extend to it.</param>
/// <param name="Error">The standard error of the difference.</param>
internal readonly record struct FrontFinding(double Kl, double? Difference, double Error)
{
    /// <summary>1: the front is higher; −1: lower; 0: not distinguishable, or out of reach.</summary>
    public int Sign => Difference is { } d && Math.Abs(d) > FrontComparison.Errors * Error ? Math.Sign(d) : 0;
}

/// <summary>Compares rewards, at equal KL where it takes a front to do so.</summary>
internal static class FrontComparison
{
    // What lies within two standard errors is not called an effect.
    internal const double Errors = 2;

    /// <summary>The front against each point of a trajectory, in the order of KL, from a KL on.</summary>
    public static IEnumerable<FrontFinding> Findings(IEnumerable<Measurement> trajectory, IReadOnlyList<Measurement> front, double leastKl) =>
        trajectory.Where(m => m.Kl.Mean >= leastKl).OrderBy(m => m.Kl.Mean).Select(m => InterpolateAt(front, m.Kl.Mean) is { } at
            ? new FrontFinding(m.Kl.Mean, at.Mean - m.Reward.Mean, ErrorOfDifference(at, m.Reward))
            : new FrontFinding(m.Kl.Mean, null, 0));

    /// <summary>The findings in words, neighbours that say the same as one.</summary>
    public static string Sentence(string name, IEnumerable<Measurement> trajectory, IReadOnlyList<Measurement> front, string frontName, double leastKl)
    {
        var stretches = new List<List<FrontFinding>>();
        foreach (var finding in Findings(trajectory, front, leastKl))
        {
            if (stretches.Count > 0 && Kind(stretches[^1][0]) == Kind(finding))
                stretches[^1].Add(finding);
            else
                stretches.Add([finding]);
        }

        return stretches.Count == 0
            ? $"Against {name}: nothing to compare, because none of its points has a KL of {Numbers.Text(leastKl, 1)} or more."
            : $"Against {name}, at equal KL, the reward of {frontName} is {string.Join("; ", stretches.Select(Words))}.";
    }

    public static string Words(Estimate a, Estimate b)
    {
        var difference = $"{Numbers.Signed(a.Mean - b.Mean)} ± {Numbers.Text(ErrorOfDifference(a, b))}";
        return !IsApart(a, b) ? $"not distinguishable ({difference})" : $"{(a.Mean > b.Mean ? "higher" : "lower")} ({difference})";
    }

    /// <summary>The front's reward at a KL, linearly between its points, which are in the order of KL; null outside its range.</summary>
    public static Estimate? InterpolateAt(IReadOnlyList<Measurement> front, double kl)
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
    public static double ErrorOfDifference(Estimate a, Estimate b) => Math.Sqrt(a.StandardError * a.StandardError + b.StandardError * b.StandardError);

    public static bool IsApart(Estimate a, Estimate b) => Math.Abs(a.Mean - b.Mean) > Errors * ErrorOfDifference(a, b);

    private static (bool Reached, int Sign) Kind(FrontFinding finding) => (finding.Difference is not null, finding.Sign);

    private static string Words(List<FrontFinding> stretch)
    {
        var kl = Range([.. stretch.Select(f => Numbers.Text(f.Kl, 1))]);
        var (reached, sign) = Kind(stretch[0]);
        if (!reached)
            return $"out of reach at KL {kl} (the front does not extend to it)";
        var differences = stretch.Select(f => f.Difference!.Value).OrderBy(Math.Abs).ToList();
        var errors = stretch.Count == 1 ? $"± {Numbers.Text(stretch[0].Error)}" : $"± at most {Numbers.Text(stretch.Max(f => f.Error))}";
        if (sign != 0)
            return $"{(sign > 0 ? "higher" : "lower")} by {Range([.. differences.Select(d => Numbers.Text(Math.Abs(d)))])} ({errors}) at KL {kl}";
        return $"not distinguishable ({Range([.. differences.Order().Select(Numbers.Signed)])}, {errors}) at KL {kl}";
    }

    private static string Range(List<string> values) => values[0] == values[^1] ? values[0] : $"{values[0]} to {values[^1]}";
}
