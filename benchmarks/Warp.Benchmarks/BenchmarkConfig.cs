using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;

namespace Warp.Benchmarks;

/// <summary>In this process, a second or two per case: each run moves hundreds of megabytes, and one takes tens of milliseconds.</summary>
internal sealed class BenchmarkConfig : ManualConfig
{
    private const int Warmups = 1;
    private const int Iterations = 5;

    public BenchmarkConfig()
    {
        AddJob(Job.Default
            .WithToolchain(new InProcessNoEmitToolchain(logOutput: true))
            .WithStrategy(RunStrategy.Monitoring)
            .WithWarmupCount(Warmups)
            .WithIterationCount(Iterations)
            .WithInvocationCount(1)
            .WithUnrollFactor(1));
        AddLogger(ConsoleLogger.Default);
        AddColumnProvider(DefaultColumnProviders.Instance);
        AddColumn(StatisticColumn.Min, StatisticColumn.Median);
        AddExporter(MarkdownExporter.GitHub);
        WithOptions(ConfigOptions.DisableOptimizationsValidator);
    }
}
