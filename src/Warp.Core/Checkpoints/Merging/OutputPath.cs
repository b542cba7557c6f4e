namespace Warp;

/// <summary>Keeps outputs apart from inputs.</summary>
internal static class OutputPath
{
    private static readonly StringComparison Comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>
    /// Refuses outputs that are not of the kind of θ_init, and those that are, hold or lie in an input, or one another, whatever links lead there.
    /// </summary>
    /// <exception cref="ArgumentException">An output is of the wrong kind, is or lies in an input, or two outputs are one.</exception>
    internal static void Check(MergeInputs inputs, IReadOnlyList<string> outputs, string parameter)
    {
        var taken = new List<string>();
        foreach (var output in outputs)
        {
            ArgumentException.ThrowIfNullOrEmpty(output, parameter);
            CheckKind(inputs.Init, output, parameter);
            var real = RealPath.Of(output);
            if (taken.Exists(t => string.Equals(t, real, Comparison)))
                throw new ArgumentException($"'{output}' is given as an output twice; give each its own.", parameter);
            taken.Add(real);
            for (var k = 0; k < inputs.Checkpoints.Count; k++)
            {
                var checkpoint = inputs.Checkpoints[k];
                if (checkpoint.Files.Append(checkpoint.Path).Any(file => IsOrHolds(real, RealPath.Of(file), inputs.Init.IsFolder)))
                    throw new ArgumentException($"The output '{output}' is {inputs.Labels[k]} ('{checkpoint.Path}'), which would be lost; give another output.", parameter);
                if (checkpoint.IsFolder && RealPath.IsInside(real, RealPath.Of(checkpoint.Path)))
                    throw new ArgumentException($"The output '{output}' lies in the folder of {inputs.Labels[k]} ('{checkpoint.Path}'), which is an input; give a place outside of it.", parameter);
            }
        }
    }

    private static void CheckKind(Checkpoint init, string output, string parameter)
    {
        var isFileName = output.EndsWith(CheckpointFolder.Extension, StringComparison.OrdinalIgnoreCase);
        if (init.IsFolder && (isFileName || CheckpointFolder.IsPickle(output)) && !Directory.Exists(output))
        {
            throw new ArgumentException(
                $"The output '{output}' is named like a file, but θ_init ('{init.Path}') is a folder, and so is the result; give the name of a folder.", parameter);
        }

        if (!init.IsFolder && (!isFileName || Directory.Exists(output)))
        {
            throw new ArgumentException(
                $"The output '{output}' is no .safetensors file, but θ_init ('{init.Path}') is a file, and so is the result; give a path that ends in .safetensors.", parameter);
        }
    }

    private static bool IsOrHolds(string output, string input, bool isFolder) =>
        string.Equals(output, input, Comparison)
        || (isFolder && IsReplaced(Path.GetFileName(input)) && string.Equals(output, Path.GetDirectoryName(input), Comparison));

    private static bool IsReplaced(string file) => file == CheckpointFolder.SingleFile || ShardPlan.IsShard(file);
}
