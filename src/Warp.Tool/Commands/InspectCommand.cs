using System.CommandLine;
using Warp.Tool.Input;
using Warp.Tool.Output;

namespace Warp.Tool.Commands;

/// <summary><c>dotnet warp inspect</c>: norms and angles of task vectors; writes no weights.</summary>
internal static class InspectCommand
{
    internal static Command Create(ToolConsole console)
    {
        var init = Settings.Init();
        var policies = Settings.Policies();
        var granularity = Settings.Granularity();
        var plot = PlotFile();
        var memory = Settings.Memory();
        var quiet = Settings.Quiet();
        var json = Settings.Json();
        var command = new Command("inspect", "Measures norms, angles and norm ratios of the policies' task vectors, and angles of their full weights.")
        {
            init, policies, granularity, plot, memory, quiet, json,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var picture = parsed.GetValue(plot);
                // Found out now rather than after an hour of reading.
                if (picture is not null && Path.GetDirectoryName(Path.GetFullPath(picture)) is { } folder && !Directory.Exists(folder))
                    throw new DirectoryNotFoundException($"The folder '{folder}' of --plot does not exist.");
                var (start, paths) = (parsed.GetRequiredValue(init), parsed.GetRequiredValue(policies));
                InputPaths.Check([(init.Name, start), .. paths.Select(p => (policies.Name, p))]);
                var options = new CheckpointMergeOptions
                {
                    Merge = new() { Granularity = Settings.GranularityOf(parsed.GetRequiredValue(granularity)) },
                    MemoryBudget = parsed.GetValue(memory) ?? CheckpointMergeOptions.DefaultMemoryBudget,
                };
                var inspection = ProgressDisplay.Show(
                    console,
                    parsed.GetValue(quiet),
                    progress => new CheckpointMerger().Inspect(start, paths, options, progress, cancellationToken));
                if (picture is not null)
                    InspectPlot.Save(inspection, start, paths, picture);
                var outcome = new InspectOutcome(
                    parsed.GetRequiredValue(granularity),
                    start,
                    paths,
                    inspection.Report.Groups,
                    inspection.FullWeightAngles,
                    inspection.Report.Warnings,
                    picture);
                if (parsed.GetValue(json))
                    console.Output.WriteLine(ResultJson.Of(outcome));
                else
                    InspectTable.Write(console, outcome);
                return ExitCode.Success;
            },
            CancellationToken.None));
        return command;
    }

    private static Option<string?> PlotFile()
    {
        var option = new Option<string?>("--plot")
        {
            Description = "Draws the histograms of the paper's Figure 11 to a .png or .svg file, replacing what is there.",
            HelpName = "FILE",
        };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(t => !InspectPlot.CanDraw(t.Value)))
                result.AddError($"--plot is '{token.Value}'; its name must end in .png or .svg.");
        });
        return option;
    }
}
