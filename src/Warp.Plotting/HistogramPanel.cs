namespace Warp.Plotting;

/// <summary>One pair of axes of a <see cref="HistogramPlot"/>.</summary>
/// <param name="Label">What the values are, with the unit if there is one; the label of the horizontal axis.</param>
/// <param name="Values">Finite numbers in any order; none draws empty axes.</param>
public sealed record HistogramPanel(string Label, IReadOnlyList<double> Values);
