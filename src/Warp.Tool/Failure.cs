using System.Text.RegularExpressions;

namespace Warp.Tool;

/// <summary>An exception as a person and a script should see it.</summary>
/// <param name="ExitCode">One of <see cref="Tool.ExitCode"/>.</param>
/// <param name="Message">One sentence, possibly with a list on further lines; never a stack trace.</param>
internal sealed partial record Failure(int ExitCode, string Message)
{
    internal static Failure Of(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        AggregateException { InnerExceptions: [var only] } => Of(only, cancellationToken),
        OperationCanceledException when cancellationToken.IsCancellationRequested => new(Tool.ExitCode.Cancelled, "Cancelled; no output was left behind."),
        OptionsException => new(Tool.ExitCode.Usage, $"error: {exception.Message}"),
        OutputExistsException { Output: { } output, Files: var files } =>
            new(Tool.ExitCode.Failure, $"error: '{output}' exists; --overwrite replaces it{(files.Count > 1 ? $" ({string.Join(", ", files)})" : "")}."),
        ArgumentException => new(Tool.ExitCode.Failure, $"error: {ParameterName().Replace(exception.Message, "")}"),
        IOException or UnauthorizedAccessException or NonFiniteWeightsException or NotSupportedException or NativeBackendException =>
            new(Tool.ExitCode.Failure, $"error: {exception.Message}"),
        OutOfMemoryException => new(Tool.ExitCode.Failure, "error: There is not enough memory; give a smaller --memory."),
        _ => new(Tool.ExitCode.Failure, $"error: Something unexpected went wrong ({exception.GetType().Name}): {exception.Message}"),
    };

    // "… (Parameter 'output')" means nothing to who typed --out.
    [GeneratedRegex(@" \(Parameter '\w+'\)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex ParameterName();
}
