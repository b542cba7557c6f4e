using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Spectre.Console;
using Warp;
using Warp.Dashboard;
using Warp.Samples;

// Dashboard [FOLDER] [--otel]: a small loop, watched in four ways at once. FOLDER (artifacts/dashboard) gets the checkpoints, metrics.jsonl and
// TensorBoard's event files. With --otel OpenTelemetry's console exporter prints instruments and spans in place of the table.
if (args.Any(a => a is "--help" or "-h" or "-?") || args.FirstOrDefault(a => a.StartsWith('-') && a != "--otel") is not null)
{
    Console.WriteLine("Dashboard [FOLDER] [--otel]: watches a small loop, with its files in FOLDER (artifacts/dashboard); --otel prints OpenTelemetry's view in place of the table.");
    return args.Any(a => a is "--help" or "-h" or "-?") ? 0 : 2;
}

var otel = args.Contains("--otel");
var folder = args.FirstOrDefault(a => !a.StartsWith('-')) ?? Path.Combine("artifacts", "dashboard");
using var signals = new StopSignals(CancellationToken.None); // The first lets the loop save.

// The library knows nothing of OpenTelemetry; its name is all that is needed.
using var meters = otel ? Sdk.CreateMeterProviderBuilder().AddMeter("Warp.Core").AddConsoleExporter((_, reader) => reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = 5000).Build() : null;
using var traces = otel ? Sdk.CreateTracerProviderBuilder().AddSource("Warp.Core").SetSampler(new NotEveryStep()).AddConsoleExporter().Build() : null;

if (Console.IsOutputRedirected)
    AnsiConsole.Profile.Width = 160; // There is no terminal to wrap lines to.
var board = new Board(AnsiConsole.Profile.Width);
var log = new WarningLog(board.Warn, 301); // and that a checkpoint was found
try
{
    using var store = CheckpointStore.Open(Path.Combine(folder, "checkpoint"), new CheckpointStoreOptions { Interval = 10 }, log);
    using var metrics = new MetricsFile(Path.Combine(folder, "metrics.jsonl"));
    var progress = new CombinedProgress<WarpProgress>(metrics, new TensorBoardEvents(Path.Combine(folder, "runs")), board);
    if (otel || Console.IsOutputRedirected)
        await RunAsync(store, progress);
    else
        await AnsiConsole.Live(board.Table).StartAsync(async display =>
        {
            board.Changed = display.Refresh;
            await RunAsync(store, progress);
        });
    AnsiConsole.Write(board.Table);
    AnsiConsole.WriteLine($"Everything is in {Path.GetFullPath(folder)}; started again, the loop is found finished there.");
    return 0;
}
catch (OperationCanceledException)
{
    AnsiConsole.WriteLine($"Stopped; start again to go on from {Path.GetFullPath(folder)}.");
    return 130;
}
catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException or SettingsChangedException)
{
    Console.Error.WriteLine(failure.Message); // The folder is in use, cannot be written, or holds something else.
    return 1;
}

async Task RunAsync(CheckpointStore store, IProgress<WarpProgress> progress)
{
    using var sft = Experiment.NewPolicy();
    using var result = await new WarpLoop(Experiment.Catalog(), Experiment.Options) { MaxParallelRuns = 2, Checkpoints = store, Logger = log }
        .RunAsync(sft.Weights, progress, signals.Token);
}
