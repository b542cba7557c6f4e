namespace Warp.Transformers;

/// <summary>
/// A Hugging Face folder cannot be used as it is: its architecture or one of its settings is not implemented, or its weights do not fit its
/// configuration. The message lists every problem; nothing was loaded.
/// </summary>
/// <remarks>That a file is missing or malformed as a safetensors file is reported as by <see cref="Checkpoint.Open"/>.</remarks>
public sealed class PretrainedModelException : IOException
{
    private const int MostListed = 50;

    /// <summary>Creates the exception with no problems.</summary>
    public PretrainedModelException()
        : this("the model", [])
    {
    }

    /// <summary>Creates the exception from one problem.</summary>
    /// <param name="message">The problem.</param>
    public PretrainedModelException(string message)
        : this("the model", [message])
    {
    }

    /// <summary>Creates the exception from one problem with its cause.</summary>
    /// <param name="message">The problem.</param>
    /// <param name="innerException">The cause.</param>
    public PretrainedModelException(string message, Exception innerException)
        : base(message, innerException) => Problems = [message];

    /// <summary>Creates the exception.</summary>
    /// <param name="path">The folder or file.</param>
    /// <param name="problems">Each problem in words.</param>
    public PretrainedModelException(string path, IReadOnlyList<string> problems)
        : base(Text(path, problems)) => Problems = problems;

    /// <summary>Each problem in words: what was found and what is known or needed.</summary>
    public IReadOnlyList<string> Problems { get; }

    private static string Text(string path, IReadOnlyList<string> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        return $"'{path}' cannot be used ({problems.Count} {(problems.Count == 1 ? "problem" : "problems")}):"
            + string.Concat(problems.Take(MostListed).Select(p => $"{Environment.NewLine}  {p}"))
            + (problems.Count > MostListed ? $"{Environment.NewLine}  and {problems.Count - MostListed} more" : "");
    }
}
