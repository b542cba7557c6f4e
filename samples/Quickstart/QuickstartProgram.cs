using Spectre.Console;
using Warp.Samples;

namespace Warp.Quickstart;

/// <summary>The program behind the command line.</summary>
internal static class QuickstartProgram
{
    public static Task<int> RunAsync(
        QuickstartOptions options, IAnsiConsole console, TextWriter output, TextWriter error, TimeProvider time, CancellationToken cancellationToken) =>
        ExperimentProgram.RunAsync(
            options,
            $"Quickstart of Warp.Core: trains a small model on made-up film reviews and a reward model, then REINFORCE and WARP (I = {options.Iterations}, M = {options.Runs}, T = {options.Steps}), which takes a few minutes.",
            display => RunAsync(options, console, display, time, cancellationToken),
            console,
            output,
            error,
            time,
            cancellationToken);

    private static async Task<Action> RunAsync(
        QuickstartOptions options, IAnsiConsole console, IDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var store = ExperimentProgram.OpenCheckpoint(options, "quickstart", display);
        using var preparation = await Preparation.MakeAsync(options, store, display, time, cancellationToken).ConfigureAwait(false);
        var plan = new ExperimentPlan(preparation.Sft, preparation.Catalog, options.ToWarp(), Words, preparation.Stages);
        var result = await new Experiment(plan, display, time, store).RunAsync(cancellationToken).ConfigureAwait(false);
        using var warp = result.Warp;

        ResultFiles.Save(options, result, new { preparation.SftLoss }, preparation.RewardQuality, time.GetElapsedTime(started));

        return () =>
        {
            ExperimentProgram.Print(console, result);
            console.WriteLine($"Results are in {Path.GetFullPath(options.Out)}: {string.Join(", ", ResultFiles.Names)}.");
        };
    }

    private static ExperimentWords Words { get; } = new()
    {
        Title = "WARP on a tiny language model: KL-reward fronts on held-out prompts",
        RewardAxis = "reward (learned model)",
        JudgeName = GoldScorer.Name,
        Judge = "gold score",
        JudgeAxis = "gold score (the truth)",
        Unit = "The reward's unit is its standard deviation on SFT samples.",
    };
}
