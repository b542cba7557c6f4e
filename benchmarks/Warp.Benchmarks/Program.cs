using BenchmarkDotNet.Running;
using Warp;
using Warp.Benchmarks;

NativeBackend.EnsureLoaded();
BandwidthTable.Print([.. BenchmarkSwitcher.FromTypes([typeof(MergeBenchmarks)]).Run(args.Length > 0 ? args : ["--filter", "*"], new BenchmarkConfig())], Console.Out);
