using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

public class SupervisedFineTuningTests
{
    private static readonly TestTokenizer Tokenizer = new(ends: [11], start: 10);

    private static readonly Rollout[] Corpus =
        [Tokenizer.Example("ab", "cdef"), Tokenizer.Example("ba", "fedc"), Tokenizer.Example("c", "c"), Tokenizer.Example("", "gggg")];

    private static readonly SupervisedFineTuningOptions Options = new() { Epochs = 120, BatchSize = 3, LearningRate = 1e-2 };

    [Fact]
    public void It_learns_a_tiny_corpus_by_heart()
    {
        using var policy = Policy();
        var log = SupervisedFineTuning.Train(policy, Corpus, new RandomStream(1), Options);
        Assert.Equal(240, log.Count);
        Assert.Equal(Math.Log(12), log[0].Loss, 0.1); // the start is nearly uniform
        Assert.True(log[^1].Loss < 0.02, $"the last loss is {log[^1].Loss}");
        var completions = policy.Generate([.. Corpus.Select(c => c.Prompt)], new SamplingOptions { Temperature = 0, MaxNewTokens = 9 }, new RandomStream(1));
        Assert.Equal(["cdef", "fedc", "c", "gggg"], completions.Select(c => c.Text));
        Assert.All(completions, c => Assert.False(c.IsTruncated));
        Assert.All(policy.Weights, entry => Assert.Null(entry.Tensor.grad));
    }

    [Fact]
    public void Prompts_are_learnt_only_when_asked()
    {
        Rollout[] whole = [Tiny.Rollout([10], [0, 1, 2, 3, 4, 5, 11])];
        using var plain = Policy();
        using var withPrompts = Policy();
        var log = SupervisedFineTuning.Train(plain, Corpus[..1], new RandomStream(1), Options);
        var promptLog = SupervisedFineTuning.Train(withPrompts, Corpus[..1], new RandomStream(1), Options with { LearnPrompts = true });
        Assert.Equal(5, log[0].Tokens);
        Assert.Equal(7, promptLog[0].Tokens);
        Assert.True(Tiny.LogProbabilities(withPrompts, whole)[0][..2].All(p => p > -0.1));
        Assert.False(Tiny.LogProbabilities(plain, whole)[0][..2].All(p => p > -0.1));
    }

    [Fact]
    public void Equal_streams_give_equal_weights()
    {
        float[] Run(ulong seed)
        {
            using var policy = Policy();
            SupervisedFineTuning.Train(policy, Corpus, new RandomStream(seed), Options with { Epochs = 3 });
            return [.. policy.Weights.SelectMany(entry => Tiny.Values(entry.Tensor))];
        }

        Assert.Equal(Run(1), Run(1));
        Assert.NotEqual(Run(1), Run(2));
    }

    [Fact]
    public async Task Runs_side_by_side_do_not_disturb_one_another()
    {
        float[] Run(ulong seed)
        {
            using var policy = Policy();
            SupervisedFineTuning.Train(policy, Corpus, new RandomStream(seed), Options with { Epochs = 25 });
            return [.. policy.Weights.SelectMany(entry => Tiny.Values(entry.Tensor))];
        }

        var alone = new[] { Run(1), Run(2) };
        var together = await Task.WhenAll(Task.Run(() => Run(1)), Task.Run(() => Run(2)));
        Assert.Equal(alone[0], together[0]);
        Assert.Equal(alone[1], together[1]);
    }

    [Fact]
    public async Task A_collector_that_never_rests_changes_nothing()
    {
        // Numbers that TorchSharp wraps for one call may be freed during it (decision 8); of Adam's, some in ten thousand were.
        float[] Run()
        {
            using var policy = Policy();
            SupervisedFineTuning.Train(policy, Corpus, new RandomStream(1), Options);
            return [.. policy.Weights.SelectMany(entry => Tiny.Values(entry.Tensor))];
        }

        var alone = Run();
        using var source = new CancellationTokenSource();
        var collecting = Task.Run(() =>
        {
            while (!source.IsCancellationRequested)
                GC.Collect();
        });
        try
        {
            Assert.Equal(alone, Run());
        }
        finally
        {
            source.Cancel();
            await collecting;
        }
    }

    [Fact]
    public void The_learning_rate_warms_up_and_falls_along_a_cosine()
    {
        var options = new SupervisedFineTuningOptions { LearningRate = 1, WarmupSteps = 4, FinalLearningRateShare = 0.2 };
        Assert.Equal([0.25, 0.5, 0.75, 1], Enumerable.Range(0, 4).Select(step => options.LearningRateAt(step, 12)));
        Assert.Equal(1, options.LearningRateAt(4, 12), 12);
        Assert.Equal(0.6, options.LearningRateAt(8, 12), 12); // half way between 1 and 0.2
        Assert.Equal(0.2, options.LearningRateAt(12, 12), 12);
        Assert.Equal(1, (options with { FinalLearningRateShare = 1 }).LearningRateAt(9, 12), 12);
        Assert.Equal([0.5, 1, 1], Enumerable.Range(0, 3).Select(step => options.LearningRateAt(step, 5))); // half of 5 steps at most
    }

    [Fact]
    public void Progress_tells_every_step_as_logged()
    {
        using var policy = Policy();
        var told = new List<SupervisedFineTuningStep>();
        var log = SupervisedFineTuning.Train(policy, Corpus, new RandomStream(1), Options with { Epochs = 2 }, new Listener(told.Add));
        Assert.Equal(log, told);
        Assert.Equal([1, 2, 3, 4], log.Select(step => step.Step));
        Assert.Equal([1, 1, 2, 2], log.Select(step => step.Epoch));
        Assert.Equal(Corpus.Sum(c => c.Completion.TokenIds.Count), log[0].Tokens + log[1].Tokens);
        Assert.All(log, step => Assert.True(step.GradientNorm > 0));
    }

    [Fact]
    public void Cancellation_ends_it_between_steps_and_nothing_is_left_behind()
    {
        using var policy = Policy();
        using var source = new CancellationTokenSource();
        var steps = 0;
        Assert.Throws<OperationCanceledException>(() => SupervisedFineTuning.Train(
            policy, Corpus, new RandomStream(1), Options, new Listener(_ => CancelAt(++steps)), source.Token));
        Assert.Equal(3, steps);
        LiveTensors.AssertNoneLeft(() => SupervisedFineTuning.Train(policy, Corpus, new RandomStream(1), Options with { Epochs = 3 }));

        void CancelAt(int step)
        {
            if (step == 3)
                source.Cancel();
        }
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var policy = Policy();
        using var bfloat16 = policy.Clone(ScalarType.BFloat16);
        string Refusal(IPolicy of, Rollout[] examples, SupervisedFineTuningOptions? options = null) =>
            Assert.ThrowsAny<ArgumentException>(() => SupervisedFineTuning.Train(of, examples, new RandomStream(1), options)).Message;

        Assert.StartsWith("There are no examples; give at least one.", Refusal(policy, []), StringComparison.Ordinal);
        Assert.Contains("is BFloat16; weights are trained in Float32", Refusal(bfloat16, Corpus), StringComparison.Ordinal);
        var bad = new SupervisedFineTuningOptions
        {
            Epochs = 0,
            BatchSize = 0,
            LearningRate = double.NaN,
            FinalLearningRateShare = 2,
            WarmupSteps = -1,
            MaxGradientNorm = 0,
        };
        Assert.Equal(6, Assert.Throws<OptionsException>(() => SupervisedFineTuning.Train(policy, Corpus, new RandomStream(1), bad)).Problems.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_example_that_does_not_fit_is_refused_before_anything_is_learnt(bool learnPrompts)
    {
        using var policy = Policy();
        using var before = policy.Clone();
        foreach (var (bad, message) in new (Rollout, string)[]
        {
            (Tiny.Rollout([1, 12], [2]), "Token id 1 of the prompt of rollout 4, \"1 12\", is 12; the model's vocabulary is 0 to 11."),
            (Tiny.Rollout([1], [.. Enumerable.Repeat(2, 64)]), "Rollout 4, prompt \"1\", has 1 + 64 = 65 tokens, and the model has 64 positions."),
        })
        {
            var options = Options with { BatchSize = 1, LearnPrompts = learnPrompts };
            var refusal = Assert.Throws<ArgumentException>(() => SupervisedFineTuning.Train(policy, [.. Corpus, bad], new RandomStream(1), options));
            Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
            Assert.All(policy.Weights, entry => Assert.Equal(Tiny.Values(before.Weights[entry.Name].Tensor), Tiny.Values(entry.Tensor)));
        }
    }

    [Fact]
    public void Epochs_without_end_are_ended_by_cancellation()
    {
        using var policy = Policy();
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => SupervisedFineTuning.Train(
            policy, Corpus, new RandomStream(1), Options with { Epochs = int.MaxValue }, new Listener(_ => source.Cancel()), source.Token));
    }

    [Fact]
    public void Weights_that_are_not_numbers_stop_it()
    {
        using var policy = Policy();
        using (no_grad())
            policy.Weights["model.norm.weight"].Tensor.fill_(float.NaN);
        var exception = Assert.Throws<InvalidOperationException>(() => SupervisedFineTuning.Train(policy, Corpus, new RandomStream(1), Options));
        Assert.StartsWith("Step 1 of 240: the loss is NaN", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Examples_of_text_have_start_and_end_tokens()
    {
        Assert.Equal([10, 0, 1], Corpus[0].Prompt.TokenIds);
        Assert.Equal([2, 3, 4, 5, 11], Corpus[0].Completion.TokenIds);
        Assert.Equal("cdef", Corpus[0].Completion.Text);
        Assert.False(Corpus[0].Completion.IsTruncated);
        var plain = new TestTokenizer().Example("a", "b");
        Assert.Equal([0], plain.Prompt.TokenIds);
        Assert.Equal([1], plain.Completion.TokenIds);
        Assert.True(plain.Completion.IsTruncated);
        Assert.Throws<ArgumentException>(() => new TestTokenizer().Prompt(""));
    }

    private static CausalLmPolicy Policy() =>
        CausalLmPolicy.Create(Tiny.Config with { InitializerRange = 0.05 }, Tokenizer, new RandomStream(3));

    private sealed class Listener(Action<SupervisedFineTuningStep> tell) : IProgress<SupervisedFineTuningStep>
    {
        public void Report(SupervisedFineTuningStep value) => tell(value);
    }
}
