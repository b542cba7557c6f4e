using System.Globalization;

namespace Warp;

/// <summary>The outcome of WARP: policies between θ_sft (η = 0) and the merge (η = 1), each with its KL and its reward (paper, Algorithm 1).</summary>
/// <param name="Points">In the order in which the η were given (<see cref="WarpOptions.FrontEtas"/>).</param>
public sealed record KlRewardFront(IReadOnlyList<FrontPoint> Points)
{
    /// <summary>
    /// The points, by increasing KL, that each have more reward than every point of less or equal KL; of points alike in both, the first.
    /// A point whose KL or reward is NaN is left out.
    /// </summary>
    public IReadOnlyList<FrontPoint> ParetoOptimal()
    {
        var best = double.NegativeInfinity;
        var optimal = new List<FrontPoint>();
        foreach (var point in Points.Where(p => !double.IsNaN(p.Evaluation.Kl.Mean)).OrderBy(p => p.Evaluation.Kl.Mean).ThenByDescending(p => p.Evaluation.Reward.Mean))
        {
            if (!(point.Evaluation.Reward.Mean > best))
                continue;
            best = point.Evaluation.Reward.Mean;
            optimal.Add(point);
        }

        return optimal;
    }

    /// <summary>A line per point.</summary>
    public override string ToString() => string.Join(Environment.NewLine, Points);
}

/// <summary>One interpolation and what it does.</summary>
/// <param name="Eta">η, the share of the merge.</param>
/// <param name="Evaluation">KL to θ_sft and rewards on held-out prompts.</param>
public sealed record FrontPoint(double Eta, PolicyEvaluation Evaluation)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"η = {Eta}: {Evaluation}");
}
