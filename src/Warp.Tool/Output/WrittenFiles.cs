namespace Warp.Tool.Output;

/// <summary>What a merge wrote.</summary>
internal static class WrittenFiles
{
    /// <summary>The paths of the files with weights.</summary>
    internal static IReadOnlyList<string> Of(string output)
    {
        using var checkpoint = Checkpoint.Open(output);
        return checkpoint.Files;
    }
}
