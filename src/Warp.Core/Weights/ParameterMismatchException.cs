namespace Warp;

/// <summary>Two sets of weights do not fit together; nothing was changed.</summary>
/// <remarks>The message shows up to ten differences of a kind, <see cref="Differences"/> has all of them.</remarks>
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
        : this(Plain(differences), tensors: null)
    {
    }

    /// <param name="differences">Each difference.</param>
    /// <param name="tensors">How many tensors there are; null if that is not known.</param>
    /// <param name="remedy">What may be done about it; null if nothing is known.</param>
    internal ParameterMismatchException(IReadOnlyList<ParameterDifference> differences, int? tensors, string? remedy = null)
        : base(Text(differences, tensors, remedy)) => Differences = [.. differences.Select(d => d.Text)];

    /// <summary>Each difference in words: a missing name, a shape, a type, a tie, a frozen tensor's value.</summary>
    public IReadOnlyList<string> Differences { get; }

    private static List<ParameterDifference> Plain(IReadOnlyList<string> differences)
    {
        ArgumentNullException.ThrowIfNull(differences);
        return [.. differences.Select(d => new ParameterDifference(d))];
    }

    private static string Text(IReadOnlyList<ParameterDifference> differences, int? tensors, string? remedy) =>
        $"The weights do not fit together ({differences.Count} {(differences.Count == 1 ? "difference" : "differences")}):"
        + ParameterDifference.Lines(differences, tensors)
        + $"{Environment.NewLine}All of them must come from one architecture and one start; nothing was changed.{(remedy is null ? "" : $" {remedy}")}";
}
