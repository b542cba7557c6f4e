namespace Warp;

/// <summary>Two sets of weights do not fit together. The message lists every difference; nothing was changed.</summary>
public sealed class ParameterMismatchException : ArgumentException
{
    /// <summary>Creates the exception with no differences.</summary>
    public ParameterMismatchException()
        : this([])
    {
    }

    /// <summary>Creates the exception from one difference.</summary>
    /// <param name="message">The difference.</param>
    public ParameterMismatchException(string message)
        : this([message])
    {
    }

    /// <summary>Creates the exception from one difference with its cause.</summary>
    /// <param name="message">The difference.</param>
    /// <param name="innerException">The cause.</param>
    public ParameterMismatchException(string message, Exception innerException)
        : base(message, innerException) => Differences = [message];

    /// <summary>Creates the exception.</summary>
    /// <param name="differences">Each difference in words.</param>
    public ParameterMismatchException(IReadOnlyList<string> differences)
        : base(Text(differences)) => Differences = differences;

    /// <summary>Each difference in words: a missing name, a shape, a type, a tie, a frozen tensor's value.</summary>
    public IReadOnlyList<string> Differences { get; }

    private static string Text(IReadOnlyList<string> differences)
    {
        ArgumentNullException.ThrowIfNull(differences);
        return $"The weights do not fit together ({differences.Count} {(differences.Count == 1 ? "difference" : "differences")}):"
            + string.Concat(differences.Select(d => $"{Environment.NewLine}  {d}"))
            + $"{Environment.NewLine}All of them must come from one architecture and one start; nothing was changed.";
    }
}
