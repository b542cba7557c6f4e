using System.CommandLine;
using Spectre.Console;
using Warp.Quickstart;

var defaults = new QuickstartOptions();
var output = new Option<string>("--out") { Description = "Folder of the results.", DefaultValueFactory = _ => defaults.Out };
var seed = new Option<ulong>("--seed") { Description = "Seed of everything; one seed, one result.", DefaultValueFactory = _ => defaults.Seed };
var iterations = new Option<int>("--iterations") { Description = "I: iterations of WARP.", DefaultValueFactory = _ => defaults.Iterations };
var runs = new Option<int>("--runs") { Description = "M: independent runs per iteration.", DefaultValueFactory = _ => defaults.Runs };
var steps = new Option<int>("--steps") { Description = "T: REINFORCE steps per run.", DefaultValueFactory = _ => defaults.Steps };
var eta = new Option<double>("--eta") { Description = "η: share of the merge in the next start, in [0, 1].", DefaultValueFactory = _ => defaults.Eta };
var mu = new Option<double>("--mu") { Description = "μ: rate of the EMA anchor, in (0, 1].", DefaultValueFactory = _ => defaults.Mu };
var beta = new Option<double>("--beta") { Description = "β: weight of the KL penalty, at least 0.", DefaultValueFactory = _ => defaults.Beta };

var command = new RootCommand("Aligns a small language model with WARP, from a corpus to the KL-reward front, in a few minutes on two cores.")
{
    output, seed, iterations, runs, steps, eta, mu, beta,
};
command.SetAction((parsed, cancellationToken) => QuickstartProgram.RunAsync(
    new QuickstartOptions
    {
        Out = parsed.GetValue(output)!,
        Seed = parsed.GetValue(seed),
        Iterations = parsed.GetValue(iterations),
        Runs = parsed.GetValue(runs),
        Steps = parsed.GetValue(steps),
        Eta = parsed.GetValue(eta),
        Mu = parsed.GetValue(mu),
        Beta = parsed.GetValue(beta),
    },
    AnsiConsole.Console,
    TimeProvider.System,
    cancellationToken));
return await command.Parse(args).InvokeAsync();
