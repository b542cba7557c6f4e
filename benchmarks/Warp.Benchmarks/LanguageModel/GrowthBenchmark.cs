using System.Globalization;
using TorchSharp;
using Warp.Transformers;

namespace Warp.Benchmarks;

/// <summary>Live tensors and resident memory over many steps of a run.</summary>
internal static class GrowthBenchmark
{
    private const int Steps = 500;
    private const int FirstSample = 100; // By then every buffer has been made.

    internal static void Run(TextWriter output)
    {
        var tokenizer = new CharacterTokenizer("abcdefghijklmnopqrstuvwxyz ");
        var config = new DecoderConfig
        {
            VocabularySize = tokenizer.VocabularySize,
            HiddenSize = 64,
            IntermediateSize = 128,
            Layers = 2,
            Heads = 4,
            MaxPositions = 64,
        };
        CausalLmPolicy Policy() => CausalLmPolicy.Create(config, tokenizer, new RandomStream(1));
        using var policy = Policy();
        using var anchor = new EmaAnchor(Policy(), new ReinforceOptions().EmaRate);
        var trainer = new ReinforceTrainer(
            policy, anchor, RewardModel.From(r => r.Completion.Text.Count(c => c == 'a')), [tokenizer.Prompt("the "), tokenizer.Prompt("a")], new ReinforceOptions
            {
                Steps = Steps,
                PromptsPerStep = 8,
                Sampling = new SamplingOptions { MaxNewTokens = 24 },
                LearningRate = 1e-4,
            });
        var samples = new List<(int Step, long Tensors, double Bytes)>();
        trainer.RunAsync(seed: 1, new Sampler(samples)).GetAwaiter().GetResult();
        output.WriteLine();
        output.WriteLine("| REINFORCE, step | live tensors | resident memory, MB |");
        output.WriteLine("|---:|---:|---:|");
        foreach (var (step, tensors, bytes) in samples)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {step} | {tensors} | {bytes / 1e6:F1} |"));
    }

    private sealed class Sampler(List<(int Step, long Tensors, double Bytes)> samples) : IProgress<ReinforceProgress>
    {
        public void Report(ReinforceProgress value)
        {
            if (value.Step % FirstSample != 0)
                return;
            GC.Collect();
            GC.WaitForPendingFinalizers();
            PeakMemory.Reset();
            samples.Add((value.Step, torch.Tensor.TotalCount, PeakMemory.ResidentBytes()));
        }
    }
}
