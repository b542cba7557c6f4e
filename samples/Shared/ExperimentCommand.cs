using System.CommandLine;
using System.Globalization;
using System.Numerics;

namespace Warp.Samples;

/// <summary>The options that every sample that trains has on its command line.</summary>
internal sealed class ExperimentCommand
{
    private readonly Option<string> _out;
    private readonly Option<string?> _checkpoint;
    private readonly Option<ulong> _seed;
    private readonly Option<int> _iterations;
    private readonly Option<int> _runs;
    private readonly Option<int> _steps;
    private readonly Option<double> _eta;
    private readonly Option<double> _mu;
    private readonly Option<double> _beta;

    public ExperimentCommand(string description, ExperimentOptions defaults)
    {
        _out = new(ExperimentOptions.OutName) { Description = "Folder of the results.", DefaultValueFactory = _ => defaults.Out };
        _checkpoint = new(ExperimentOptions.CheckpointName) { Description = "Folder to save in on the way; started again with the same options, the program goes on from there." };
        _seed = Option<ulong>(ExperimentOptions.SeedName, "Seed of everything; one seed, one result.", defaults.Seed, ExperimentOptions.SeedRange);
        _iterations = Option<int>(ExperimentOptions.IterationsName, "I: iterations of WARP.", defaults.Iterations, ExperimentOptions.CountRange);
        _runs = Option<int>(ExperimentOptions.RunsName, "M: independent runs per iteration.", defaults.Runs, ExperimentOptions.CountRange);
        _steps = Option<int>(ExperimentOptions.StepsName, "T: REINFORCE steps per run.", defaults.Steps, ExperimentOptions.CountRange);
        _eta = Option<double>(ExperimentOptions.EtaName, "η: share of the merge in the next start, from 0 to 1.", defaults.Eta, ExperimentOptions.EtaRange);
        _mu = Option<double>(ExperimentOptions.MuName, "μ: rate of the EMA anchor, above 0 and at most 1.", defaults.Mu, ExperimentOptions.MuRange);
        _beta = Option<double>(ExperimentOptions.BetaName, "β: weight of the KL penalty, at least 0.", defaults.Beta, ExperimentOptions.BetaRange);
        Root = new RootCommand(description) { _out, _checkpoint, _seed, _iterations, _runs, _steps, _eta, _mu, _beta };
    }

    /// <summary>The command; a sample adds options of its own.</summary>
    public RootCommand Root { get; }

    /// <summary>The sample's options with what the command line says of those that all share.</summary>
    public T Read<T>(ParseResult parsed, T options)
        where T : ExperimentOptions => options with
        {
            Out = parsed.GetValue(_out)!,
            Checkpoint = parsed.GetValue(_checkpoint),
            Seed = parsed.GetValue(_seed),
            Iterations = parsed.GetValue(_iterations),
            Runs = parsed.GetValue(_runs),
            Steps = parsed.GetValue(_steps),
            Eta = parsed.GetValue(_eta),
            Mu = parsed.GetValue(_mu),
            Beta = parsed.GetValue(_beta),
        };

    /// <summary>Parses and runs, or says what cannot be read.</summary>
    public async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var parsed = Root.Parse(args);
        if (parsed.Errors.Count == 0)
        {
            using var signals = new StopSignals(cancellationToken);
            // Signals are not the parser's: it would end the process two seconds after one, and a step of a large model takes longer.
            var invocation = new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(invocation, signals.Token).ConfigureAwait(false);
        }

        foreach (var problem in parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal))
            await error.WriteLineAsync(problem).ConfigureAwait(false);
        await error.WriteLineAsync("Run with --help for the options.").ConfigureAwait(false);
        return ExperimentProgram.BadSettings;
    }

    // Not the parser's own conversion: it takes the comma of "0,2" for a separator of thousands, and its messages speak of types.
    public static Option<T> Option<T>(string name, string description, T value, string range)
        where T : struct, INumber<T> => new(name)
        {
            Description = description,
            DefaultValueFactory = _ => value,
            CustomParser = result =>
            {
                var text = result.Tokens is [var token] ? token.Value : "";
                if (T.TryParse(text, Styles<T>(), CultureInfo.InvariantCulture, out var number))
                    return number;
                result.AddError(ExperimentOptions.Problem(name, $"\"{text}\"", range));
                return default;
            },
        };

    private static NumberStyles Styles<T>() => typeof(T) == typeof(double)
        ? NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent
        : NumberStyles.AllowLeadingSign;
}
