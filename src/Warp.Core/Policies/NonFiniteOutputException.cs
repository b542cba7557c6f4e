namespace Warp;

/// <summary>A policy or an anchor gave log-probabilities that are NaN or infinite. The message names it, the prompt and the completion.</summary>
public sealed class NonFiniteOutputException : InvalidOperationException
{
    /// <summary>Creates the exception with no message.</summary>
    public NonFiniteOutputException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was received and what is allowed.</param>
    public NonFiniteOutputException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was received and what is allowed.</param>
    /// <param name="innerException">The cause.</param>
    public NonFiniteOutputException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
