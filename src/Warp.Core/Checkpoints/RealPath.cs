namespace Warp;

/// <summary>Where a path leads once every link in it has been followed.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40; // What Linux follows.

    /// <exception cref="IOException">The links go round in a circle.</exception>
    internal static string Of(string path)
    {
        var rest = Path.GetFullPath(path);
        for (var links = 0; links <= MaxLinks; links++)
        {
            if (Follow(rest) is not { } next)
                return Path.TrimEndingDirectorySeparator(rest);
            rest = next;
        }

        throw new IOException($"The links of '{path}' do not end.");
    }

    /// <summary>Whether a path lies in a folder. Both have been followed.</summary>
    internal static bool IsInside(string path, string folder) =>
        path.StartsWith(Path.EndsInDirectorySeparator(folder) ? folder : folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>Replaces the first link on the way; null when there is none.</summary>
    private static string? Follow(string path)
    {
        var root = Path.GetPathRoot(path)!;
        var parts = path[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries);
        var at = root;
        for (var i = 0; i < parts.Length; i++)
        {
            var parent = at;
            at = Path.Combine(at, parts[i]);
            if (new FileInfo(at).LinkTarget is { } target)
                return Path.GetFullPath(Path.Combine([parent, target, .. parts[(i + 1)..]]));
        }

        return null;
    }
}
