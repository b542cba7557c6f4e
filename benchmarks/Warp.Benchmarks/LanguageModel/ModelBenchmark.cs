using System.Diagnostics;
using System.Globalization;
using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Benchmarks;

/// <summary>Rollouts and training steps of a decoder, beside the machine's matrix product and a plain implementation, in one run.</summary>
internal static class ModelBenchmark
{
    private const string Word = "model";
    private const int Repetitions = 4;
    private const int Threads = 2;
    private const int ProductSize = 2048;
    private const int WholeBatch = 4096;

    /// <summary>Of 8192 ids, so that a completion has about 43 tokens before it is cut off at 64.</summary>
    private const int Ends = 128;

    internal static bool IsAsked(string[] args) => args is [Word];

    internal static void Run(TextWriter output)
    {
        NativeBackend.EnsureLoaded();
        set_num_threads(Threads);
        var product = MatrixProduct();
        output.WriteLine(Text($"Matrix product {ProductSize}³, float32, {Threads} threads: {product / 1e9:F0} GFLOP/s."));
        Rollouts(output);
        Training(output, product);
        GrowthBenchmark.Run(output);
    }

    private static double MatrixProduct()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (full([ProductSize, ProductSize], 0.5f), full([ProductSize, ProductSize], 0.25f));
        return 2 * Math.Pow(ProductSize, 3) / Best(() => a.mm(b)).Seconds;
    }

    private static void Rollouts(TextWriter output)
    {
        output.WriteLine();
        output.WriteLine("| rollout | completions | s | tokens | tokens/s | times the plain one |");
        output.WriteLine("|---|---|---:|---:|---:|---:|");
        foreach (var (name, ends) in new[] { ("all of full length", 0), ("of random length", Ends) })
        {
            using var policy = BenchmarkModel.Policy(ends);
            var plain = new PlainDecoder(policy.Weights);
            using var generator = new Generator(1);
            var sampling = new SamplingOptions { Temperature = 1, MaxNewTokens = BenchmarkModel.NewTokens };
            long tokens = 0;
            var slow = Best(() => tokens = Count(plain.Generate(BenchmarkModel.Prompts, BenchmarkModel.NewTokens, generator), ends)).Seconds;
            var plainRate = tokens / slow;
            output.WriteLine(Text($"| plain | {name} | {slow:F2} | {tokens} | {plainRate:F0} | 1.0 |"));
            var random = new RandomStream(3);
            var fast = Best(() => tokens = policy.Generate(BenchmarkModel.Prompts, sampling, random).Sum(c => (long)c.TokenIds.Count)).Seconds;
            output.WriteLine(Text($"| `CausalLmPolicy` | {name} | {fast:F2} | {tokens} | {tokens / fast:F0} | {tokens / fast / plainRate:F1} |"));
        }
    }

    /// <summary>The tokens up to and including the first that ends a row.</summary>
    private static long Count(Tensor rows, int ends)
    {
        var length = (int)rows.shape[1];
        return rows.data<long>().ToArray().Chunk(length).Sum(row => (long)(Array.FindIndex(row, id => id < ends) is >= 0 and var end ? end + 1 : length));
    }

    private static void Training(TextWriter output, double product)
    {
        output.WriteLine();
        output.WriteLine("| training step | s | GFLOP/s | of the matrix product | peak memory, MB | of the plain one |");
        output.WriteLine("|---|---:|---:|---:|---:|---:|");
        using var policy = BenchmarkModel.Policy();
        var plain = new PlainDecoder(policy.Weights);
        var plainPeak = 0.0;
        Row("plain", () => plain.LogProbabilities(BenchmarkModel.Rollouts).mean().neg().backward());
        foreach (var tokens in new[] { WholeBatch, new ReinforceOptions().MicroBatchTokens })
            Row(Text($"`CausalLmPolicy`, micro-batches of {tokens} tokens"), () => Step(policy, tokens));

        void Row(string name, Action step)
        {
            var (seconds, peak) = Best(() =>
            {
                foreach (var weight in policy.Weights)
                    weight.Tensor.grad = null;
                step();
            });
            plainPeak = plainPeak == 0 ? peak : plainPeak;
            var rate = 3 * BenchmarkModel.ForwardOperations / seconds;
            output.WriteLine(Text($"| {name} | {seconds:F2} | {rate / 1e9:F0} | {rate / product:F2} | {peak / 1e6:F0} | {peak / plainPeak:F2} |"));
        }
    }

    private static void Step(CausalLmPolicy policy, int tokens)
    {
        var count = BenchmarkModel.Rows * BenchmarkModel.NewTokens;
        foreach (var batch in MicroBatches.Divide(BenchmarkModel.Rollouts, tokens))
        {
            using var scope = NewDisposeScope();
            policy.LogProbabilities([.. batch.Select(i => BenchmarkModel.Rollouts[i])], temperature: 1).sum().div(-count).backward();
        }
    }

    /// <summary>The best time after a first round, and the most memory beyond what was there before.</summary>
    private static (double Seconds, double Peak) Best(Action work)
    {
        var (seconds, peak) = (double.MaxValue, 0.0);
        for (var i = 0; i <= Repetitions; i++)
        {
            PeakMemory.Reset();
            var before = PeakMemory.Bytes();
            var clock = Stopwatch.StartNew();
            using (NewDisposeScope())
                work();
            if (i > 0)
                seconds = Math.Min(seconds, clock.Elapsed.TotalSeconds);
            peak = Math.Max(peak, PeakMemory.Bytes() - before);
        }

        return (seconds, peak);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
