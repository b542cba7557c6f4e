using System.Globalization;
using Spectre.Console;

namespace Warp.Quickstart;

/// <summary>Prints what was measured, and completions before and after.</summary>
internal static class FinalTable
{
    private const int Examples = 4;

    public static void Print(IAnsiConsole console, ExperimentResult result)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumn("policy").AddColumn("iteration").AddColumn("η")
            .AddColumn(new TableColumn("KL (nats)").RightAligned()).AddColumn(new TableColumn("reward").RightAligned())
            .AddColumn(new TableColumn("gold").RightAligned()).AddColumn(new TableColumn("length").RightAligned());
        foreach (var (name, m) in Rows(result))
        {
            table.AddRow(
                new Text(name), new Text(m.Iteration == 0 ? "" : m.Iteration.ToString(CultureInfo.InvariantCulture)),
                new Text(m.Eta?.ToString("0.##", CultureInfo.InvariantCulture) ?? ""),
                Number(m.Kl), Number(m.Reward), Number(m.Gold), Number(m.Evaluation.Length));
        }

        console.Write(table);
        console.WriteLine("Means ± standard errors over the held-out prompts. KL is to the SFT policy; the reward's unit is its standard deviation on SFT samples.");
        console.WriteLine();
        PrintExamples(console, result);
    }

    private static IEnumerable<(string Name, Measurement Measurement)> Rows(ExperimentResult result)
    {
        yield return ("SFT", result.Of(Names.Sft).Single());
        foreach (var beta in result.BaselineBetas)
            yield return (FormattableString.Invariant($"REINFORCE, SFT anchor, β = {beta:0.###}"), result.Of(Names.SftAnchor(beta)).Last());
        for (var i = 1; i <= result.Settings.Iterations; i++)
        {
            foreach (var run in result.Of(Names.EmaRun, i).GroupBy(m => m.Run))
                yield return ($"  REINFORCE, EMA anchor, run {run.Key}", run.Last());
            yield return ("  LERP of the runs", result.Of(Names.Lerp, i).Single());
            yield return ("  SLERP of the runs", result.Of(Names.Slerp, i).Single());
            yield return ("WARP (LITI of the SLERP)", result.Of(Names.Liti, i).Single());
        }
    }

    private static Text Number(Estimate estimate) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{estimate.Mean:0.00} ± {estimate.StandardError:0.00}"));

    private static void PrintExamples(IAnsiConsole console, ExperimentResult result)
    {
        var before = result.Of(Names.Sft).Single().Evaluation.Rollouts;
        var after = result.Of(Names.Liti, result.Settings.Iterations).Single().Evaluation.Rollouts;
        console.WriteLine("The same prompts before (SFT) and after (WARP):");
        for (var i = 0; i < Math.Min(Examples, before.Count); i++)
        {
            console.WriteLine($"  {before[i].Prompt.Text} …");
            console.WriteLine($"    before  … {before[i].Completion.Text}");
            console.WriteLine($"    after   … {after[i].Completion.Text}");
        }

        console.WriteLine();
    }
}
