namespace Warp.Plotting;

/// <summary>A named row of points in the KL-reward plane.</summary>
/// <param name="Name">For the legend. A series of the same name in another panel gets the same colour.</param>
/// <param name="Points">At least one; a line joins them in this order.</param>
public sealed record FrontSeries(string Name, IReadOnlyList<FrontSeriesPoint> Points)
{
    /// <summary>Line, markers or both. Default both.</summary>
    public FrontSeriesMark Mark { get; init; }

    /// <summary>How much it should stand out. Default normal.</summary>
    public FrontSeriesEmphasis Emphasis { get; init; }

    /// <summary>The series of a front: KL to θ_sft against reward, in the order of η.</summary>
    /// <param name="name">For the legend.</param>
    /// <param name="front">The front.</param>
    /// <param name="otherReward">The name of one of the other rewards to take (<see cref="PolicyEvaluation.OtherRewards"/>); null takes the training reward.</param>
    /// <param name="labelEta">Whether each point is labelled with its η.</param>
    /// <exception cref="ArgumentException">A point of the front has no reward of that name.</exception>
    public static FrontSeries From(string name, KlRewardFront front, string? otherReward = null, bool labelEta = false)
    {
        ArgumentNullException.ThrowIfNull(front);
        return new(name, [.. front.Points.Select(p => FrontSeriesPoint.From(p.Evaluation, otherReward) with
        {
            Label = labelEta ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"η = {p.Eta:0.##}") : null,
        })]);
    }
}
