using System.Globalization;
using Spectre.Console;

namespace Warp.Samples;

/// <summary>Prints what was measured, and completions before and after.</summary>
internal static class FinalTable
{
    private const int Examples = 4;

    // What the full table takes; a narrower terminal gets short names and no column of lengths.
    private const int FullWidth = 110;

    public static void Print(IAnsiConsole console, ExperimentResult result)
    {
        var full = console.Profile.Width >= FullWidth;
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn(Column("policy")).AddColumn(Column(full ? "iteration" : "it.")).AddColumn(Column("η"))
            .AddColumn(Column("KL (nats)").RightAligned()).AddColumn(Column("reward").RightAligned()).AddColumn(Column(result.Plan.Words.JudgeName).RightAligned());
        if (full)
            table.AddColumn(Column("length").RightAligned());
        foreach (var (name, m) in Rows(result, full))
        {
            string[] cells =
            [
                name, m.Iteration == 0 ? "" : m.Iteration.ToString(CultureInfo.InvariantCulture), m.Eta is { } eta ? Names.Eta(eta) : "",
                Numbers.Text(m.Kl), Numbers.Text(m.Reward), Numbers.Text(m.Judge),
            ];
            table.AddRow((full ? cells.Append(Numbers.Text(m.Evaluation.Length)) : cells).Select(cell => new Text(cell)));
        }

        console.Write(table);
        console.WriteLine("Means ± standard errors over the held-out prompts. KL is to the SFT policy. " + result.Plan.Words.Unit);
        console.WriteLine();
        PrintExamples(console, result);
    }

    private static TableColumn Column(string name) => new TableColumn(name).NoWrap();

    private static IEnumerable<(string Name, Measurement Measurement)> Rows(ExperimentResult result, bool full)
    {
        yield return ("SFT", result.Of(Names.Sft).Single());
        foreach (var beta in result.BaselineBetas)
            yield return ((full ? "REINFORCE, " : "") + Names.SftAnchorTitle(beta), result.Of(Names.SftAnchor(beta)).Last());
        for (var i = 1; i <= result.Settings.Iterations; i++)
        {
            foreach (var run in result.Of(Names.EmaRun, i).GroupBy(m => m.Run))
                yield return (full ? $"  REINFORCE, EMA anchor, run {run.Key}" : $"  EMA run {run.Key}", run.Last());
            yield return (full ? "  LERP of the runs" : "  LERP", result.Of(Names.Lerp, i).Single());
            yield return (full ? "  SLERP of the runs" : "  SLERP", result.Of(Names.Slerp, i).Single());
            yield return (full ? "WARP (LITI of the SLERP)" : "WARP (LITI)", result.Of(Names.Liti, i).Single());
        }
    }

    private static void PrintExamples(IAnsiConsole console, ExperimentResult result)
    {
        var before = result.Of(Names.Sft).Single().Evaluation.Rollouts;
        var after = result.Of(Names.Liti, result.Settings.Iterations).Single().Evaluation.Rollouts;
        console.WriteLine("The same prompts before (SFT) and after (WARP):");
        for (var i = 0; i < Math.Min(Examples, before.Count); i++)
        {
            console.WriteLine($"  {before[i].Prompt.Text} …");
            console.WriteLine($"    before  … {OneLine(before[i])}");
            console.WriteLine($"    after   … {OneLine(after[i])}");
        }

        console.WriteLine();
    }
    private static string OneLine(Rollout rollout) => rollout.Completion.Text.ReplaceLineEndings(" ");
}
