using Warp.Samples;
using Warp.Transformers;

namespace Warp.Stories;

/// <summary>What WARP starts from: the pretrained policy, the reward model, a judge that training never asks, and prompts.</summary>
internal sealed class Preparation : IDisposable
{
    // Two threads that wait for one another are fast on an idle machine and very slow on a busy one.
    private const int TorchThreads = 1;

    private Preparation(CausalLmPolicy policy, SequenceClassifierRewardModel reward, SequenceClassifierRewardModel judge, PartCatalog catalog)
    {
        (Policy, Reward, Judge, Catalog) = (policy, reward, judge, catalog);
    }

    public CausalLmPolicy Policy { get; }

    public SequenceClassifierRewardModel Reward { get; }

    public SequenceClassifierRewardModel Judge { get; }

    public PartCatalog Catalog { get; }

    public required RewardFacts Facts { get; init; }

    public required IReadOnlyList<Stage> Stages { get; init; }

    public static async Task<Preparation> MakeAsync(
        StoriesOptions options, CheckpointStore? store, IDisplay display, TimeProvider time, CancellationToken cancellationToken)
    {
        var random = new RandomStream(options.Seed);
        var policy = CausalLmPolicy.FromPretrained(options.Model, type: TorchSharp.torch.ScalarType.Float32);
        SequenceClassifierRewardModel? reward = null;
        SequenceClassifierRewardModel? judge = null;
        try
        {
            CheckLength(options, policy);
            var (training, heldOut) = StoryBeginnings.Divide(
                StoryBeginnings.Stories(await File.ReadAllTextAsync(options.Stories, cancellationToken).ConfigureAwait(false)),
                policy.Tokenizer,
                options.PromptTokens,
                options.HeldOutPrompts,
                random.Fork(1));
            var reviews = Reviews.Load(options, random.Fork(2));
            display.Say($"{training.Length} story beginnings to train on and {heldOut.Length} held out; {reviews.ForReward.Length} reviews for the reward model, {reviews.ForJudge.Length} for the judge, {reviews.HeldOut.Length} held out");

            var began = time.GetTimestamp();
            // Both learn at once, from reviews that the other does not see.
            var learning = Learn("reward model", policy, reviews.ForReward, reviews.HeldOut, options, random.Fork(3), store, display, cancellationToken);
            var other = Learn("judge", policy, reviews.ForJudge, reviews.HeldOut, options, random.Fork(4), store, display, cancellationToken);
            try
            {
                await Task.WhenAll(learning, other).ConfigureAwait(false);
            }
            finally
            {
                reward = learning.IsCompletedSuccessfully ? learning.Result.Model : null;
                judge = other.IsCompletedSuccessfully ? other.Result.Model : null;
            }

            var (mine, judges) = (learning.Result.Learning, other.Result.Learning);
            var facts = new RewardFacts(reviews.ForReward.Length, mine.Accuracy, reviews.ForJudge.Length, judges.Accuracy, mine.Loss, judges.Loss);
            var catalog = new PartCatalog()
                .AddPolicy(() => policy.Clone())
                .AddReward(reward!)
                .AddReward(judge!, StoriesProgram.Words.JudgeName)
                .AddPrompts(training)
                .AddHeldOutPrompts(heldOut);
            return new Preparation(policy, reward!, judge!, catalog)
            {
                Facts = facts,
                Stages = [new Stage("reward-models", time.GetElapsedTime(began).TotalSeconds, mine.Tokens + judges.Tokens)],
            };
        }
        catch
        {
            reward?.Dispose();
            judge?.Dispose();
            policy.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Policy.Dispose();
        Reward.Dispose();
        Judge.Dispose();
    }

    private static void CheckLength(StoriesOptions options, CausalLmPolicy policy)
    {
        var needed = 1 + options.PromptTokens + options.CompletionTokens;
        if (policy.Decoder.Config.MaxPositions < needed)
            throw new ArgumentException($"{StoriesOptions.ModelName} has {policy.Decoder.Config.MaxPositions} positions; prompts and completions take {needed}. Choose another model.");
    }

    private static Task<Learnt> Learn(
        string name,
        CausalLmPolicy policy,
        LabelledText[] reviews,
        LabelledText[] heldOut,
        StoriesOptions options,
        RandomStream random,
        CheckpointStore? store,
        IDisplay display,
        CancellationToken cancellationToken) => Task.Factory.StartNew(
            () =>
            {
                TorchSharp.torch.set_num_threads(TorchThreads);
                // A story is read as the policy's tokenizer has it: decoded alone, a completion would lose its first space.
                var reading = new SequenceClassifierOptions { Text = policy.Tokenizer.Text };
                var model = SequenceClassifierRewardModel.Create(Shape(policy, options), policy.Tokenizer, random.Fork(0), options: reading);
                try
                {
                    var learning = Once.Train(store, name, model.Weights, () =>
                    {
                        var batch = options.Reward.BatchSize;
                        var line = display.Begin(name, options.Reward.Epochs * ((reviews.Length + batch - 1) / batch));
                        var log = RewardTraining.TrainOnLabels(model, reviews, random.Fork(1), options.Reward, new Relay(line), cancellationToken);
                        var accuracy = RewardTraining.EvaluateOnLabels(model, heldOut, cancellationToken);
                        line.End(FormattableString.Invariant($"accuracy {accuracy.Value:0.000}, 95 % in [{accuracy.Lower:0.000}, {accuracy.Upper:0.000}]"));
                        return new Learning(accuracy, log.TakeLast(20).Average(s => s.Loss), log.Sum(s => (long)s.Tokens));
                    });
                    return new Learnt(model, learning);
                }
                catch
                {
                    model.Dispose();
                    throw;
                }
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);

    private static DecoderConfig Shape(CausalLmPolicy policy, StoriesOptions options) => new()
    {
        VocabularySize = policy.Decoder.Config.VocabularySize,
        HiddenSize = 64,
        IntermediateSize = 128,
        Layers = 1,
        Heads = 4,
        MaxPositions = options.RewardTokens,
    };

    private sealed record Learning(RewardAccuracy Accuracy, double Loss, long Tokens);

    private sealed record Learnt(SequenceClassifierRewardModel Model, Learning Learning);

    private sealed class Relay(IProgressLine line) : IProgress<RewardTrainingStep>
    {
        public void Report(RewardTrainingStep value) =>
            line.Report(value.Step, FormattableString.Invariant($"loss {value.Loss:0.00} accuracy {value.Accuracy:0.00}"));
    }
}
