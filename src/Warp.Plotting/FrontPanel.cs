namespace Warp.Plotting;

/// <summary>One pair of axes of a <see cref="FrontPlot"/>.</summary>
/// <param name="RewardLabel">The label of the vertical axis, with the unit if there is one: "reward", "gold score".</param>
/// <param name="Series">At least one; no two of the same name.</param>
public sealed record FrontPanel(string RewardLabel, IReadOnlyList<FrontSeries> Series);
