namespace Warp;

/// <summary>The gradient is NaN or infinite, or a weight would be after the step. The step was not applied: the weights are those before it.</summary>
public sealed class TrainingDivergedException : ArithmeticException
{
    /// <summary>Creates the exception with no message.</summary>
    public TrainingDivergedException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">At which step, and what to try.</param>
    public TrainingDivergedException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">At which step, and what to try.</param>
    /// <param name="innerException">The cause.</param>
    public TrainingDivergedException(string? message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
