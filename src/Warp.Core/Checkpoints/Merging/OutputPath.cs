namespace Warp;

/// <summary>Keeps outputs apart from inputs.</summary>
internal static class OutputPath
{
    private static readonly StringComparison Comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>Refuses outputs that are, or hold, an input or one another, whatever links lead there.</summary>
    /// <exception cref="ArgumentException">An output is an input, or two outputs are one.</exception>
    internal static void Check(MergeInputs inputs, IReadOnlyList<string> outputs, string parameter)
    {
        var taken = new List<string>();
        foreach (var output in outputs)
        {
            ArgumentException.ThrowIfNullOrEmpty(output, parameter);
            var real = RealPath.Of(output);
            if (taken.Exists(t => string.Equals(t, real, Comparison)))
                throw new ArgumentException($"'{output}' is given as an output twice; give each its own.", parameter);
            taken.Add(real);
            for (var k = 0; k < inputs.Checkpoints.Count; k++)
            {
                var checkpoint = inputs.Checkpoints[k];
                if (checkpoint.Files.Append(checkpoint.Path).Any(file => IsOrHolds(real, RealPath.Of(file), inputs.Init.IsFolder)))
                    throw new ArgumentException($"The output '{output}' is {inputs.Labels[k]} ('{checkpoint.Path}'), which would be lost; give another output.", parameter);
            }
        }
    }

    private static bool IsOrHolds(string output, string input, bool isFolder) =>
        string.Equals(output, input, Comparison)
        || (isFolder && IsReplaced(Path.GetFileName(input)) && string.Equals(output, Path.GetDirectoryName(input), Comparison));

    private static bool IsReplaced(string file) => file == CheckpointFolder.SingleFile || ShardPlan.IsShard(file);
}
