namespace Warp.Transformers;

/// <summary>A file of examples is malformed. The message names the file, the line, the key and the value, and what is allowed.</summary>
public sealed class ExampleFormatException : FormatException
{
    /// <summary>Creates the exception with no message.</summary>
    public ExampleFormatException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what is allowed.</param>
    public ExampleFormatException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong and what is allowed.</param>
    /// <param name="innerException">The cause.</param>
    public ExampleFormatException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal ExampleFormatException(string path, long line, string? key, string problem, Exception? innerException = null)
        : base($"{path}, line {line}{(key is null ? "" : $", '{key}'")}: {problem}.", innerException) => (Path, Line, Key) = (path, line, key);

    /// <summary>The file as it was given; null if unknown.</summary>
    public string? Path { get; }

    /// <summary>The line, from 1, on which the example begins; 0 if unknown.</summary>
    public long Line { get; }

    /// <summary>The key of the example; null if the problem is with the whole of it.</summary>
    public string? Key { get; }
}
