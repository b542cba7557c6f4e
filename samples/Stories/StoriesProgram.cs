using Spectre.Console;
using Warp.Samples;

namespace Warp.Stories;

/// <summary>The program behind the command line.</summary>
internal static class StoriesProgram
{
    internal static ExperimentWords Words { get; } = new()
    {
        Title = "WARP on a pretrained storyteller: KL-reward fronts on held-out beginnings",
        RewardAxis = "reward (sentiment, trained on)",
        JudgeName = "judge",
        Judge = "judge's score",
        JudgeAxis = "judge (never trained on)",
        Unit = "The reward is the log-odds of a positive review; the judge is a model like it that learned from other reviews.",
    };

    public static async Task<int> RunAsync(
        StoriesOptions options, IAnsiConsole console, TextWriter output, TextWriter error, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await ExperimentProgram.RunAsync(
                options,
                $"Stories: a pretrained model learns to tell stories that a sentiment model likes, by REINFORCE and WARP (I = {options.Iterations}, M = {options.Runs}, T = {options.Steps}).",
                display => RunAsync(options, console, display, time, cancellationToken),
                console,
                output,
                error,
                time,
                cancellationToken).ConfigureAwait(false);
        }
        catch (Exception problem) when (IsOfTheInput(problem))
        {
            await error.WriteLineAsync($"error: {problem.Message}").ConfigureAwait(false);
            return ExperimentProgram.Failed;
        }
    }

    private static string Card(StoriesOptions options) => new ModelCard
    {
        Title = "Stories aligned with WARP",
        Method = "WARP: REINFORCE runs against an EMA anchor, merged by SLERP",
        Sources = [new("θ_sft", NameOf(options.Model), [])],
        Details =
        [
            KeyValuePair.Create("reward", "sentiment, learned from labelled reviews"),
            KeyValuePair.Create("iterations, runs, steps", FormattableString.Invariant($"{options.Iterations}, {options.Runs}, {options.Steps}")),
            KeyValuePair.Create("η, μ, β", FormattableString.Invariant($"{options.Eta}, {options.Mu}, {options.Beta}")),
        ],
    }.ToMarkdown();

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    private static bool IsOfTheInput(Exception problem) =>
        problem is IOException or UnauthorizedAccessException or FormatException or ArgumentException or NotSupportedException;

    private static async Task<Action> RunAsync(
        StoriesOptions options, IAnsiConsole console, IDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var store = ExperimentProgram.OpenCheckpoint(options, "stories", display);
        using var preparation = await Preparation.MakeAsync(options, store, display, time, cancellationToken).ConfigureAwait(false);
        var plan = new ExperimentPlan(preparation.Policy, preparation.Catalog, options.ToWarp(), Words, preparation.Stages);
        var result = await new Experiment(plan, display, time, store).RunAsync(cancellationToken).ConfigureAwait(false);
        using var warp = result.Warp;

        ResultFiles.Save(options, result, new { Model = NameOf(options.Model) }, preparation.Facts, time.GetElapsedTime(started));
        preparation.Policy.SavePretrained(Path.Combine(options.Out, "warp"), new() { Overwrite = true, Readme = Card(options) }, warp.Weights);
        CompletionsPage.Save(Path.Combine(options.Out, "completions.md"), result, preparation);

        return () =>
        {
            ExperimentProgram.Print(console, result);
            console.WriteLine($"Results are in {Path.GetFullPath(options.Out)}: {string.Join(", ", ResultFiles.Names)}, completions.md, and warp, the aligned model for Hugging Face tools.");
        };
    }
}
