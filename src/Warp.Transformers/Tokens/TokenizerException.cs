namespace Warp.Transformers;

/// <summary>
/// A tokenizer's file is malformed, or asks for something that is not supported; or a text cannot be encoded as the file says. The message names
/// the file and the setting in it.
/// </summary>
/// <remarks>That a file is missing or may not be opened is reported by the usual exceptions of <c>System.IO</c>.</remarks>
public sealed class TokenizerException : IOException
{
    /// <summary>Creates the exception with no message.</summary>
    public TokenizerException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    public TokenizerException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public TokenizerException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="problem">What is wrong, what was found and what is supported.</param>
    /// <param name="file">The file's path.</param>
    /// <param name="setting">Where in the file, for example <c>pre_tokenizer.pattern</c>; null if the whole file is meant.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public TokenizerException(string problem, string file, string? setting, Exception? innerException = null)
        : base(string.IsNullOrEmpty(setting) ? $"Tokenizer file '{file}': {problem}" : $"Tokenizer file '{file}', {setting}: {problem}", innerException)
    {
        FilePath = file;
        Setting = string.IsNullOrEmpty(setting) ? null : setting;
    }

    /// <summary>The file's path; null if unknown.</summary>
    public string? FilePath { get; }

    /// <summary>Where in the file; null if the whole file is meant.</summary>
    public string? Setting { get; }
}
