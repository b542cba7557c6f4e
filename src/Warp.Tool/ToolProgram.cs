using System.CommandLine;
using System.CommandLine.Help;
using Warp.Tool.Commands;
using Warp.Tool.Input;
using Warp.Tool.Output;

namespace Warp.Tool;

/// <summary>The whole tool but for the process around it.</summary>
internal static class ToolProgram
{
    /// <summary>Runs one command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    internal static async Task<int> RunAsync(IReadOnlyList<string> arguments, ToolConsole console, CancellationToken cancellationToken = default)
    {
        try
        {
            // A path may begin with '@': no response files.
            var parsed = Root(console).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
            var stray = StrayTokens.Problems(parsed);
            if (parsed.Errors.Count > 0 || stray.Count > 0)
            {
                // What belongs to nothing makes further errors, which would only hide it.
                var messages = stray.Count > 0 ? stray : parsed.Errors.Select(e => e.Message);
                foreach (var message in messages.Distinct(StringComparer.Ordinal))
                    await console.Error.WriteLineAsync($"error: {PlainText.Of(message)}").ConfigureAwait(false);
                await console.Error.WriteLineAsync($"Try 'dotnet {string.Join(' ', Names(parsed.CommandResult))} --help'.").ConfigureAwait(false);
                return ExitCode.Usage;
            }

            var invocation = new InvocationConfiguration
            {
                Output = console.Output,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                // Signals are the caller's: cleaning up may take longer than a fixed time.
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The last resort: whatever happens, a person gets a sentence and a script an exit code.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            var failure = Failure.Of(exception, cancellationToken);
            try
            {
                await console.Error.WriteLineAsync(PlainText.Of(failure.Message)).ConfigureAwait(false);
            }
            catch (IOException)
            {
                // The terminal was closed: the exit code has to say it.
            }

            return failure.ExitCode;
        }
    }

    private static RootCommand Root(ToolConsole console)
    {
        var root = new RootCommand(
            "Merges, interpolates and inspects safetensors checkpoints of any size, as WARP does (arXiv 2406.16768), and generates from them.\n"
            + "Exit codes: 0 success, 1 failure, 2 wrong command line, 130 cancelled.")
        {
            MergeCommand.Create(console), LitiCommand.Create(console), InspectCommand.Create(console), GenerateCommand.Create(console),
        };
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new ToolHelp((HelpAction)help.Action!);
        return root;
    }

    private static IEnumerable<string> Names(System.CommandLine.Parsing.CommandResult command) =>
        command.Parent is System.CommandLine.Parsing.CommandResult parent ? Names(parent).Append(command.Command.Name) : ["warp"];
}
