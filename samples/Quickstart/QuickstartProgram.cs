using Spectre.Console;

namespace Warp.Quickstart;

/// <summary>The program behind the command line.</summary>
internal static class QuickstartProgram
{
    internal const int BadSettings = 2;
    internal const int Cancelled = 130;

    // Steps take a tenth of a second here.
    private const int SaveInterval = 10;

    // Lines of a log are not wrapped to a terminal that is not there.
    private const int PlainWidth = 400;

    public static async Task<int> RunAsync(
        QuickstartOptions options, IAnsiConsole console, TextWriter output, TextWriter error, TimeProvider time, CancellationToken cancellationToken)
    {
        var problems = options.Problems().ToList();
        var isNew = !Directory.Exists(options.Out);
        if (problems.Count == 0 && ResultsFolder.TryPrepare(options.Out) is { } obstacle)
            problems.Add(obstacle);
        if (problems.Count > 0)
        {
            await error.WriteLineAsync(string.Join(Environment.NewLine, problems.Append("Run with --help for the options."))).ConfigureAwait(false);
            return BadSettings;
        }

        var isLive = console.Profile.Capabilities.Interactive && !Console.IsOutputRedirected;
        if (!isLive)
            console.Profile.Width = PlainWidth;
        try
        {
            console.WriteLine($"Quickstart of Warp.Core: trains a small model on made-up film reviews and a reward model, then REINFORCE and WARP (I = {options.Iterations}, M = {options.Runs}, T = {options.Steps}), which takes a few minutes. Seed {options.Seed}; results go to {Path.GetFullPath(options.Out)}.");
            var finish = () => { };
            async Task WorkAsync(IDisplay display) => finish = await RunAsync(options, console, display, time, cancellationToken).ConfigureAwait(false);
            if (isLive)
                await LiveDisplay.ShowAsync(console, time, WorkAsync).ConfigureAwait(false);
            else
                await WorkAsync(new PlainDisplay(output, time)).ConfigureAwait(false);
            finish();
            return 0;
        }
        catch (OperationCanceledException)
        {
            if (isNew)
                ResultsFolder.RemoveIfEmpty(options.Out);
            await error.WriteLineAsync(options.Checkpoint is null
                ? "Cancelled; nothing was written."
                : $"Cancelled; start again with the same options to go on from {Path.GetFullPath(options.Checkpoint)}.").ConfigureAwait(false);
            return Cancelled;
        }
        catch (Exception problem) when (problem is CheckpointStoreException or SettingsChangedException)
        {
            if (isNew)
                ResultsFolder.RemoveIfEmpty(options.Out);
            await error.WriteLineAsync(problem.Message).ConfigureAwait(false);
            return BadSettings;
        }
    }

    /// <summary>Does the work and writes the files; what is returned prints the outcome, once the display is done.</summary>
    private static async Task<Action> RunAsync(
        QuickstartOptions options, IAnsiConsole console, IDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        using var store = options.Checkpoint is null ? null : CheckpointStore.Open(options.Checkpoint, new CheckpointStoreOptions { Interval = SaveInterval });
        store?.RequireSettings("quickstart", options.WithoutFolders());
        if (store is { IsResumed: true })
            display.Say($"Going on from {store.Folder}.");
        using var preparation = await Preparation.MakeAsync(options, display, time, cancellationToken).ConfigureAwait(false);
        var result = await new QuickstartExperiment(options, preparation, display, time, store).RunAsync(cancellationToken).ConfigureAwait(false);
        using var warp = result.Warp;

        FrontCsv.Save(Path.Combine(options.Out, "front.csv"), result.Measurements);
        Picture.Save(options.Out, result);
        Safetensors.Save(Path.Combine(options.Out, "sft.safetensors"), preparation.Sft.Weights);
        Safetensors.Save(Path.Combine(options.Out, "warp.safetensors"), warp.Weights);
        ReportFile.Save(Path.Combine(options.Out, "report.json"), options, result, time.GetElapsedTime(started));

        return () =>
        {
            console.WriteLine();
            FinalTable.Print(console, result);
            console.WriteLine("What this run shows, with standard errors (two of them make an effect):");
            foreach (var conclusion in Conclusions.Of(result))
                console.WriteLine($"  - {conclusion}");
            console.WriteLine();
            console.WriteLine($"Results are in {Path.GetFullPath(options.Out)}: front.csv, front.png, front.svg, report.json, sft.safetensors, warp.safetensors.");
        };
    }
}
