namespace Warp.Plotting.Drawing;

/// <summary>What keeps any figure from being drawn, in words.</summary>
internal static class FigureProblems
{
    internal static IEnumerable<string> OfSize(int width, int height, double pixelsPerUnit)
    {
        if (width is < 400 or > 8000)
            yield return $"{nameof(FrontPlot.Width)} is {width}; it must be from 400 to 8000";
        if (height is < 300 or > 8000)
            yield return $"{nameof(FrontPlot.Height)} is {height}; it must be from 300 to 8000";
        if (!(pixelsPerUnit is >= 0.25 and <= 8))
            yield return $"{nameof(FrontPlot.PixelsPerUnit)} is {pixelsPerUnit}; it must be from 0.25 to 8";
    }

    internal static void ThrowIfAny(IEnumerable<string> problems, string figure)
    {
        var list = problems.ToList();
        if (list.Count > 0)
            throw new ArgumentException($"This {figure} cannot be drawn:{string.Concat(list.Select(p => $"{Environment.NewLine}- {p}"))}");
    }
}
