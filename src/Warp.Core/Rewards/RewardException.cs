namespace Warp;

/// <summary>A reward model failed or said something unusable. The message names the prompt and the completion.</summary>
public sealed class RewardException : InvalidOperationException
{
    /// <summary>Creates the exception with no message.</summary>
    public RewardException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was received and what is allowed.</param>
    public RewardException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was received and what is allowed.</param>
    /// <param name="innerException">The cause.</param>
    public RewardException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was received and what is allowed.</param>
    /// <param name="rollout">The completion in question, with its prompt, if there is one.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public RewardException(string message, Rollout? rollout, Exception? innerException = null)
        : base(message, innerException) => Rollout = rollout;

    /// <summary>The completion in question, with its prompt; the first of the batch if the whole batch failed, null if that is empty or unknown.</summary>
    public Rollout? Rollout { get; }
}
