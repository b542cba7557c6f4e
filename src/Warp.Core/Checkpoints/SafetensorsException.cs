namespace Warp;

/// <summary>A safetensors file is malformed or something else, or weights cannot be written as one. The message names the file and, where there is one, the tensor.</summary>
/// <remarks>That a file is missing or may not be opened is reported by the usual exceptions of <c>System.IO</c>.</remarks>
public sealed class SafetensorsException : IOException
{
    /// <summary>Creates the exception with no message.</summary>
    public SafetensorsException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    public SafetensorsException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public SafetensorsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, what was found and what is allowed.</param>
    /// <param name="file">The file's path.</param>
    /// <param name="tensor">The tensor's name, or null if the whole file is meant.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public SafetensorsException(string problem, string file, string? tensor, Exception? innerException = null)
        : base($"{Named(file)}{(tensor is null ? "" : $", tensor '{Shortened(tensor)}'")}: {problem}", innerException)
    {
        FilePath = file;
        TensorName = tensor;
    }

    private SafetensorsException(string message, string file)
        : base(message) => FilePath = file;

    /// <summary>The file's path; null if unknown.</summary>
    public string? FilePath { get; }

    /// <summary>The tensor's name, or null if the whole file is meant.</summary>
    public string? TensorName { get; }

    /// <summary>For a path that is no safetensors file at all.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="predicate">What it is, or has, instead: a sentence without its subject.</param>
    internal static SafetensorsException Of(string path, string predicate) => new($"'{path}' {predicate}", path);

    // An index or a config is no safetensors file.
    private static string Named(string file) =>
        file.EndsWith(CheckpointFolder.Extension, StringComparison.OrdinalIgnoreCase) || !Path.HasExtension(file) ? $"Safetensors file '{file}'" : $"'{file}'";

    // A hostile name may be megabytes long; a message is read by people.
    private static string Shortened(string name) => name.Length <= 200 ? name : $"{name.AsSpan(0, 200)}…";
}
