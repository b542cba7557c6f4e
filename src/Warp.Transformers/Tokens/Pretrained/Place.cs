namespace Warp.Transformers;

/// <summary>Where in a file something stands, for what goes wrong with it later, when the file is no longer in memory.</summary>
/// <param name="File">The file.</param>
/// <param name="Path">The setting, for example <c>model.vocab</c>; empty for the whole file.</param>
internal readonly record struct Place(string File, string Path)
{
    /// <summary>An error about it.</summary>
    internal TokenizerException Refused(string problem, Exception? cause = null) => new(problem, File, Path, cause);
}
