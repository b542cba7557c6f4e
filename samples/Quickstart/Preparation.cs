using Warp.Samples;
using Warp.Transformers;

namespace Warp.Quickstart;

/// <summary>What WARP starts from: a corpus, a supervised fine-tuned policy, and a reward model that is imperfect as real ones are.</summary>
internal sealed class Preparation : IDisposable
{
    private const double FlippedShare = 0.15;

    // Two threads that wait for one another are fast on an idle machine and very slow on a busy one.
    private const int TorchThreads = 1;

    private Preparation(CausalLmPolicy sft, ReviewRewardModel reward, PartCatalog catalog)
    {
        Sft = sft;
        Reward = reward;
        Catalog = catalog;
    }

    public CausalLmPolicy Sft { get; }

    public ReviewRewardModel Reward { get; }

    public PartCatalog Catalog { get; }

    /// <summary>Cross-entropy of the SFT policy at the end of training, in nats per token.</summary>
    public required double SftLoss { get; init; }

    public required RewardModelQuality RewardQuality { get; init; }

    public required IReadOnlyList<Stage> Stages { get; init; }

    public static Task<Preparation> MakeAsync(
        QuickstartOptions options, CheckpointStore? store, IDisplay display, TimeProvider time, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(
            () =>
            {
                TorchSharp.torch.set_num_threads(TorchThreads);
                return Make(options, store, display, time, cancellationToken);
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    public void Dispose()
    {
        Sft.Dispose();
        Reward.Dispose();
    }

    private static Preparation Make(QuickstartOptions options, CheckpointStore? store, IDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        var random = new RandomStream(options.Seed);
        var tokenizer = new WordTokenizer();
        var corpus = ReviewGrammar.Corpus(options.Reviews + options.HeldOutPrompts, random.Fork(1));
        Prompt[] heldOut = [.. corpus.Skip(options.Reviews).Select(tokenizer.PromptOf)];
        Rollout[] examples = [.. corpus.Take(options.Reviews).Select(review => Example(tokenizer, review))];
        Prompt[] prompts = [.. examples.Select(e => e.Prompt)];

        var sft = CausalLmPolicy.Create(Shape(tokenizer), tokenizer, random.Fork(2));
        try
        {
            // The reward model, which takes seconds, is made anew.
            var fineTuning = Once.Train(store, "sft", sft.Weights, () => FineTune(sft, examples, options.SftEpochs, random.Fork(3), display, time, cancellationToken));

            var began = time.GetTimestamp();
            var line = display.Begin("reward model", 2);
            var samples = Sample(sft, prompts.Take(2 * (options.PreferencePairs + options.HeldOutPairs)), options.ToWarp().Reinforce.Sampling, random.Fork(4), cancellationToken);
            line.Report(1, "preferences sampled");
            Func<IReadOnlyList<int>, double> gold = ids => GoldScorer.Score(tokenizer.Words(ids));
            var pairs = Preferences.Label(samples, gold, FlippedShare, random.Fork(5));
            var (learnt, held) = (pairs.Take(options.PreferencePairs).ToArray(), pairs.Skip(options.PreferencePairs).ToArray());
            var reward = ReviewRewardModel.Train(
                tokenizer.VocabularySize, learnt, samples, new RewardTrainingOptions { Epochs = options.RewardEpochs }, random.Fork(6), cancellationToken);
            var quality = RewardModelQuality.Measure(reward, held, gold);
            line.Report(2, "trained");
            line.End(FormattableString.Invariant($"accuracy {quality.Accuracy.Mean:0.00}, r with gold {quality.GoldCorrelation:0.00} ({FlippedShare:0%} of labels flipped)"));

            var catalog = new PartCatalog()
                .AddPolicy(() => CausalLmPolicy.Create(Shape(tokenizer), tokenizer, new RandomStream(0)))
                .AddReward(reward)
                .AddReward(GoldScorer.AsRewardModel(tokenizer), GoldScorer.Name)
                .AddPrompts(prompts)
                .AddHeldOutPrompts(heldOut);
            return new Preparation(sft, reward, catalog)
            {
                SftLoss = fineTuning.Loss,
                RewardQuality = quality,
                Stages = [fineTuning.Stage, new Stage("reward-model", time.GetElapsedTime(began).TotalSeconds, samples.Sum(s => (long)s.Count))],
            };
        }
        catch
        {
            sft.Dispose();
            throw;
        }
    }

    private static DecoderConfig Shape(WordTokenizer tokenizer) => new()
    {
        VocabularySize = tokenizer.VocabularySize,
        HiddenSize = 96,
        IntermediateSize = 256,
        Layers = 3,
        Heads = 4,
        MaxPositions = 64,
    };

    private static Rollout Example(WordTokenizer tokenizer, IReadOnlyList<string> review)
    {
        var ids = tokenizer.Encode([.. review.Skip(ReviewGrammar.PromptWords)]);
        return new Rollout(tokenizer.PromptOf(review), new Completion(tokenizer.Decode(ids, startsSentence: false), [.. ids, WordTokenizer.EndId], isTruncated: false));
    }

    private static FineTuned FineTune(
        CausalLmPolicy sft, Rollout[] examples, int epochs, RandomStream random, IDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var settings = new SupervisedFineTuningOptions { Epochs = epochs, BatchSize = 64, LearningRate = 2e-3 };
        var line = display.Begin("SFT", settings.Epochs * ((examples.Length + settings.BatchSize - 1) / settings.BatchSize));
        var log = SupervisedFineTuning.Train(sft, examples, random, settings, new Relay(line), cancellationToken);
        var loss = log.TakeLast(20).Average(s => s.Loss);
        line.End(FormattableString.Invariant($"loss {log[0].Loss:0.00} → {loss:0.00}, {sft.Weights.TrainableCount / 1000} k weights"));
        return new(loss, new Stage("sft", time.GetElapsedTime(began).TotalSeconds, log.Sum(s => (long)s.Tokens)));
    }

    private static IReadOnlyList<int>[] Sample(
        CausalLmPolicy sft, IEnumerable<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken) =>
        [.. prompts.Chunk(128).SelectMany(batch =>
            batch.Zip(sft.Generate(batch, sampling, random, cancellationToken), (p, c) => WordTokenizer.ReviewOf(new Rollout(p, c))))];

    private sealed record FineTuned(double Loss, Stage Stage);

    private sealed class Relay(IProgressLine line) : IProgress<SupervisedFineTuningStep>
    {
        public void Report(SupervisedFineTuningStep value) => line.Report(value.Step, FormattableString.Invariant($"loss {value.Loss:0.00}"));
    }
}
