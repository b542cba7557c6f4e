namespace Warp;

/// <summary>The names in a Hugging Face folder, and which of its files may be opened.</summary>
internal static class CheckpointFolder
{
    internal const string SingleFile = "model.safetensors";
    internal const string IndexFile = "model.safetensors.index.json";
    internal const string ConfigFile = "config.json";
    internal const string Extension = ".safetensors";

    /// <summary>Of a pickle.</summary>
    internal const string IsAPickle = "is a pickle, which may run any program when it is read, so it is never opened.";
    internal const string ConvertPickle = "Convert it to safetensors, for example with save_pretrained(…, safe_serialization=True) of transformers, and give that.";

    private static readonly string[] PickleExtensions = [".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"];

    /// <summary>Whether a file makes a checkpoint of the others in its folder.</summary>
    internal static bool IsEntryPoint(string name) => name is SingleFile or IndexFile;

    internal static bool IsPickle(string path) => PickleExtensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>What makes a folder one of an adapter.</summary>
    internal static bool IsAdapter(string name) => name is "adapter_config.json" or "adapter_model.safetensors" or "adapter_model.bin";

    /// <summary>Where a file of the folder really is; null when it is missing.</summary>
    /// <remarks>
    /// A file may be a link to another place in the same folder. The hub's cache, where <c>snapshots/REVISION/FILE</c> links to
    /// <c>../../blobs/HASH</c>, is the one case of a link that leaves it.
    /// </remarks>
    /// <exception cref="SafetensorsException">The file is a link that leads elsewhere.</exception>
    internal static string? Resolve(string folder, string name)
    {
        var path = Path.Combine(folder, name);
        if (!Path.Exists(path) && new FileInfo(path).LinkTarget is null)
            return null;
        var (realFolder, real) = (RealPath.Of(folder), RealPath.Of(path));
        if (!RealPath.IsInside(real, realFolder) && !IsBlob(real, realFolder))
        {
            throw new SafetensorsException(
                "it is a link that leads out of the folder; only links within it, and those of the hub's cache to ../../blobs, are followed. Put the file itself there.", path, tensor: null);
        }

        return File.Exists(real) ? real : null;
    }

    private static bool IsBlob(string real, string folder) =>
        Path.GetDirectoryName(folder) is { } snapshots
        && Path.GetFileName(snapshots) == "snapshots"
        && Path.GetDirectoryName(snapshots) is { } repository
        && Path.GetDirectoryName(real) == Path.Combine(repository, "blobs");
}
