namespace Warp;

/// <summary>
/// A <see cref="CheckpointStore"/> cannot be used: another process holds it, it cannot be written, or nothing in it is whole. What was complete
/// before stays.
/// </summary>
public sealed class CheckpointStoreException : IOException
{
    /// <summary>Creates the exception with no message.</summary>
    public CheckpointStoreException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, and the way out.</param>
    public CheckpointStoreException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What is wrong, where, and the way out.</param>
    /// <param name="innerException">The cause.</param>
    public CheckpointStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
