using Spectre.Console;
using Warp.Samples;

namespace Warp.Quickstart;

/// <summary>The command line: its options, and what is said of those that cannot be read.</summary>
internal static class QuickstartCommand
{
    public static Task<int> RunAsync(
        string[] args, IAnsiConsole console, TextWriter output, TextWriter error, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var defaults = new QuickstartOptions();
        var command = new ExperimentCommand("Aligns a small language model with WARP, from a corpus to the KL-reward front, in a few minutes on two cores.", defaults);
        command.Root.SetAction((parsed, token) => QuickstartProgram.RunAsync(command.Read(parsed, defaults), console, output, error, time, token));
        return command.RunAsync(args, output, error, cancellationToken);
    }
}
