namespace Warp.Snippets;

internal static class MergeFiles
{
    public static void Run(string init, IReadOnlyList<string> policies, string output)
    {
        #region files
        var merger = new CheckpointMerger();
        var inspection = merger.Inspect(init, policies); // writes nothing
        foreach (var (group, angles) in inspection.Report.Groups.Zip(inspection.FullWeightAngles))
            Console.WriteLine($"{group.Name}: task vectors {group.Steps[0].AngleDegrees:0.0}°, full weights {angles[0]:0.0}°");

        var report = merger.Merge(init, policies, output, new CheckpointMergeOptions { Overwrite = true });
        foreach (var warning in report.Warnings)
            Console.WriteLine(warning);

        // One result for each η, all in one pass; the result is of the kind of init: files of a file, folders of a folder.
        merger.Interpolate(init, output, [(0.3, $"{output}-0.3"), (0.7, $"{output}-0.7")]);
        #endregion
    }
}
