namespace Warp;

/// <summary>A weight is NaN or infinite, or would be in the type of the result. The message names the tensor.</summary>
public sealed class NonFiniteWeightsException : ArithmeticException
{
    /// <summary>Creates the exception with no message.</summary>
    public NonFiniteWeightsException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which tensor of which input.</param>
    public NonFiniteWeightsException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Which tensor of which input.</param>
    /// <param name="innerException">The cause.</param>
    public NonFiniteWeightsException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
