namespace Warp.Tool.Input;

/// <summary>The paths that a command reads.</summary>
internal static class InputPaths
{
    /// <summary>Refuses paths that do not exist, all at once and with the options that gave them.</summary>
    /// <exception cref="FileNotFoundException">There are such.</exception>
    internal static void Check(IEnumerable<(string Option, string Path)> inputs)
    {
        var missing = inputs.Where(i => !Path.Exists(i.Path)).Distinct().Select(i => $"{i.Option} '{i.Path}'").ToList();
        if (missing.Count > 0)
        {
            throw new FileNotFoundException(
                $"{string.Join(", ", missing)} {(missing.Count == 1 ? "does" : "do")} not exist. Models are not downloaded; give a local folder or file.");
        }
    }
}
