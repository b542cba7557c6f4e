using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Spectre.Console;

namespace Warp.Quickstart;

/// <summary>The command line: its options, and what is said of those that cannot be read.</summary>
internal static class QuickstartCommand
{
    public static async Task<int> RunAsync(
        string[] args, IAnsiConsole console, TextWriter output, TextWriter error, TimeProvider time, CancellationToken cancellationToken = default)
    {
        var defaults = new QuickstartOptions();
        var folder = new Option<string>(QuickstartOptions.OutName) { Description = "Folder of the results.", DefaultValueFactory = _ => defaults.Out };
        var checkpoint = new Option<string?>(QuickstartOptions.CheckpointName) { Description = "Folder to save in on the way; started again with the same options, the program goes on from there." };
        var seed = Option<ulong>(QuickstartOptions.SeedName, "Seed of everything; one seed, one result.", defaults.Seed, QuickstartOptions.SeedRange);
        var iterations = Option<int>(QuickstartOptions.IterationsName, "I: iterations of WARP.", defaults.Iterations, QuickstartOptions.CountRange);
        var runs = Option<int>(QuickstartOptions.RunsName, "M: independent runs per iteration.", defaults.Runs, QuickstartOptions.CountRange);
        var steps = Option<int>(QuickstartOptions.StepsName, "T: REINFORCE steps per run.", defaults.Steps, QuickstartOptions.CountRange);
        var eta = Option<double>(QuickstartOptions.EtaName, "η: share of the merge in the next start, from 0 to 1.", defaults.Eta, QuickstartOptions.EtaRange);
        var mu = Option<double>(QuickstartOptions.MuName, "μ: rate of the EMA anchor, above 0 and at most 1.", defaults.Mu, QuickstartOptions.MuRange);
        var beta = Option<double>(QuickstartOptions.BetaName, "β: weight of the KL penalty, at least 0.", defaults.Beta, QuickstartOptions.BetaRange);

        var command = new RootCommand("Aligns a small language model with WARP, from a corpus to the KL-reward front, in a few minutes on two cores.")
        {
            folder, checkpoint, seed, iterations, runs, steps, eta, mu, beta,
        };
        command.SetAction((parsed, token) => QuickstartProgram.RunAsync(
            new QuickstartOptions
            {
                Out = parsed.GetValue(folder)!,
                Checkpoint = parsed.GetValue(checkpoint),
                Seed = parsed.GetValue(seed),
                Iterations = parsed.GetValue(iterations),
                Runs = parsed.GetValue(runs),
                Steps = parsed.GetValue(steps),
                Eta = parsed.GetValue(eta),
                Mu = parsed.GetValue(mu),
                Beta = parsed.GetValue(beta),
            },
            console,
            output,
            error,
            time,
            token));

        var parsed = command.Parse(args);
        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync(new InvocationConfiguration { Output = output, Error = error }, cancellationToken).ConfigureAwait(false);
        foreach (var problem in parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal))
            await error.WriteLineAsync(problem).ConfigureAwait(false);
        await error.WriteLineAsync("Run with --help for the options.").ConfigureAwait(false);
        return QuickstartProgram.BadSettings;
    }

    // Not the parser's own conversion: it takes the comma of "0,2" for a separator of thousands, and its messages speak of types.
    private static Option<T> Option<T>(string name, string description, T value, string range)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            DefaultValueFactory = _ => value,
            CustomParser = result =>
            {
                var text = result.Tokens is [var token] ? token.Value : "";
                if (T.TryParse(text, Styles<T>(), CultureInfo.InvariantCulture, out var number))
                    return number;
                result.AddError(QuickstartOptions.Problem(name, $"\"{text}\"", range));
                return default;
            },
        };

    private static NumberStyles Styles<T>() => typeof(T) == typeof(double)
        ? NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent
        : NumberStyles.AllowLeadingSign;
}
