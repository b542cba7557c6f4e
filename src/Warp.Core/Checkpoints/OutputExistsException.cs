namespace Warp;

/// <summary>An output exists and is not to be replaced. Nothing was written.</summary>
public sealed class OutputExistsException : IOException
{
    /// <summary>Creates the exception with no message.</summary>
    public OutputExistsException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What exists.</param>
    public OutputExistsException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What exists.</param>
    /// <param name="innerException">The cause.</param>
    public OutputExistsException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="output">The path of the output, as it was given.</param>
    /// <param name="files">The names of the files that exist.</param>
    public OutputExistsException(string output, IReadOnlyList<string> files)
        : base($"'{output}' exists; {nameof(CheckpointWriterOptions.Overwrite)} = true replaces it. These files are there:{ProblemList.Lines(files)}")
    {
        Output = output;
        Files = files;
    }

    /// <summary>The path of the output, as it was given; null if unknown.</summary>
    public string? Output { get; }

    /// <summary>The names of the files that exist.</summary>
    public IReadOnlyList<string> Files { get; } = [];
}
