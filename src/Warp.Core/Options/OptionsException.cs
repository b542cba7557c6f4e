namespace Warp;

/// <summary>Settings are out of range or contradict one another. The message lists every problem; nothing was started.</summary>
public sealed class OptionsException : ArgumentException
{
    /// <summary>Creates the exception with no problems.</summary>
    public OptionsException()
        : this("options", [])
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    public OptionsException(string message)
        : this("options", [message])
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">The cause.</param>
    public OptionsException(string message, Exception innerException)
        : base(message, innerException) => Problems = [message];

    /// <summary>Creates the exception.</summary>
    /// <param name="options">The name of the settings.</param>
    /// <param name="problems">Each problem: the setting, the value received, what is allowed.</param>
    public OptionsException(string options, IReadOnlyList<string> problems)
        : base($"{options}: {string.Join("; ", problems ?? [])}.") => Problems = problems ?? [];

    /// <summary>Each problem: the setting, the value received, what is allowed.</summary>
    public IReadOnlyList<string> Problems { get; }
}
