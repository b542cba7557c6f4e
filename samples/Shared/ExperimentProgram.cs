using Spectre.Console;

namespace Warp.Samples;

/// <summary>What surrounds the work of a sample: settings that are checked first, a folder, a display, cancellation.</summary>
internal static class ExperimentProgram
{
    internal const int Failed = 1;
    internal const int BadSettings = 2;
    internal const int Cancelled = 130;

    // Steps take a tenth of a second here.
    private const int SaveInterval = 10;

    // Lines of a log are not wrapped to a terminal that is not there.
    private const int PlainWidth = 400;

    /// <summary>Runs a sample.</summary>
    /// <param name="options">Checked before anything is done.</param>
    /// <param name="introduction">Said first.</param>
    /// <param name="work">Does the work and writes the files; what it returns prints the outcome, once the display is done.</param>
    /// <param name="console">Where people read.</param>
    /// <param name="output">Where logs go.</param>
    /// <param name="error">Where problems go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(
        ExperimentOptions options,
        string introduction,
        Func<IDisplay, Task<Action>> work,
        IAnsiConsole console,
        TextWriter output,
        TextWriter error,
        TimeProvider time,
        CancellationToken cancellationToken)
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
            console.WriteLine($"{introduction} Seed {options.Seed}; results go to {Path.GetFullPath(options.Out)}.");
            var finish = () => { };
            async Task WorkAsync(IDisplay display) => finish = await work(display).ConfigureAwait(false);
            if (isLive)
                await LiveDisplay.ShowAsync(console, time, WorkAsync).ConfigureAwait(false);
            else
                await WorkAsync(new PlainDisplay(output, time)).ConfigureAwait(false);
            finish();
            return 0;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await error.WriteLineAsync(options.Checkpoint is null
                ? "Cancelled; nothing was written."
                : $"Cancelled; start again with the same options to go on from what {Path.GetFullPath(options.Checkpoint)} has by now.").ConfigureAwait(false);
            return Cancelled;
        }
        catch (Exception problem) when (problem is CheckpointStoreException or SettingsChangedException or TrainingDivergedException)
        {
            await error.WriteLineAsync(problem.Message).ConfigureAwait(false);
            return problem is TrainingDivergedException ? Failed : BadSettings;
        }
        finally
        {
            if (isNew)
                ResultsFolder.RemoveIfEmpty(options.Out); // whatever ended the work before it wrote anything
        }
    }

    /// <summary>The checkpoint to save in and to go on from; null if none is asked for.</summary>
    /// <param name="options">The sample's options: all but the folders must be those of before.</param>
    /// <param name="owner">The sample's name.</param>
    /// <param name="display">Is told whether the program goes on.</param>
    public static CheckpointStore? OpenCheckpoint(ExperimentOptions options, string owner, IDisplay display)
    {
        if (options.Checkpoint is null)
            return null;
        var store = CheckpointStore.Open(options.Checkpoint, new CheckpointStoreOptions { Interval = SaveInterval }, new WarningLog(display.Say));
        try
        {
            store.RequireSettings(owner, options.WithoutFolders());
            if (store.IsResumed)
                display.Say($"Going on from {store.Folder}.");
            return store;
        }
        catch
        {
            store.Dispose();
            throw;
        }
    }

    /// <summary>Prints the outcome.</summary>
    public static void Print(IAnsiConsole console, ExperimentResult result)
    {
        console.WriteLine();
        FinalTable.Print(console, result);
        console.WriteLine("What this run shows, with standard errors (two of them make an effect):");
        foreach (var conclusion in Conclusions.Of(result))
            console.WriteLine($"  - {conclusion}");
        console.WriteLine();
    }
}
