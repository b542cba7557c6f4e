using BenchmarkDotNet.Running;
using Warp;
using Warp.Benchmarks;

if (DiskBenchmark.IsAsked(args))
{
    DiskBenchmark.Run(args, Console.Out);
    return;
}

if (ModelBenchmark.IsAsked(args))
{
    ModelBenchmark.Run(Console.Out);
    return;
}

NativeBackend.EnsureLoaded();
BandwidthTable.Print([.. BenchmarkSwitcher.FromTypes([typeof(MergeBenchmarks)]).Run(args.Length > 0 ? args : ["--filter", "*"], new BenchmarkConfig())], Console.Out);
