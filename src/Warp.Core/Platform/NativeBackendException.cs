namespace Warp;

/// <summary>No native back end of TorchSharp can be loaded. The message names the package to reference.</summary>
public sealed class NativeBackendException : DllNotFoundException
{
    /// <summary>Creates the exception with no message.</summary>
    public NativeBackendException()
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was looked for, where, and which package to reference.</param>
    public NativeBackendException(string? message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">What was looked for, where, and which package to reference.</param>
    /// <param name="inner">The cause.</param>
    public NativeBackendException(string? message, Exception? inner)
        : base(message, inner)
    {
    }
}
