namespace Warp.Snippets;

internal static class MergeByHand
{
    public static void Run(string start, string first, string second, string output)
    {
        #region merge
        using var init = Safetensors.Load(start);
        using var a = Safetensors.Load(first);
        using var b = Safetensors.Load(second);

        using var merge = new SlerpMerger().Merge(init, [a, b]);
        foreach (var group in merge.Report.Groups)
            Console.WriteLine($"{group.Name}: {group.Steps[0].AngleDegrees:0.0}°, norms {group.Norms[0]:0.000} and {group.Norms[1]:0.000}");

        using var interpolated = new LitiInterpolator().Interpolate(init, merge.Weights, eta: 0.3);
        Safetensors.Save(output, interpolated);
        #endregion
    }
}
