using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

public class RewardTrainingTests
{
    private static readonly RewardTrainingOptions Options = new() { Epochs = 40, BatchSize = 8, LearningRate = 1e-2 };

    private static readonly LabelledText[] Labels = [new("ab", true), new("cd", false), new("abc", true)];

    [Fact]
    public void The_loss_of_labels_is_binary_cross_entropy()
    {
        using var model = Classifiers.Make();
        var rewards = Classifiers.Values(model.Score([.. Labels.Select(l => l.Text)]));
        var expected = Labels.Zip(rewards, (l, r) => -Math.Log(1 / (1 + Math.Exp(l.IsPositive ? -r : r)))).Average();
        var right = Labels.Zip(rewards, (l, r) => l.IsPositive == r > 0 ? 1.0 : 0).Average();
        var step = RewardTraining.TrainOnLabels(model, Labels, new RandomStream(1))[0];
        Assert.Equal(expected, step.Loss, Tolerance.Float32);
        Assert.Equal(right, step.Accuracy);
        Assert.Equal(3 + 3 + 4, step.Tokens); // each with its start token
    }

    [Fact]
    public void The_loss_of_preferences_is_Bradley_Terrys()
    {
        using var model = Classifiers.Make();
        PreferencePair[] pairs = [new("a", "b", "cd"), new("", "fe", "f"), new("k", "a", "b")];
        var chosen = Classifiers.Values(model.Score(["ab", "fe", "ka"]));
        var rejected = Classifiers.Values(model.Score(["acd", "f", "kb"]));
        var accuracy = RewardTraining.EvaluateOnPreferences(model, pairs);
        Assert.Equal(chosen.Zip(rejected).Count(r => r.First > r.Second), accuracy.Correct);
        Assert.Equal(3, accuracy.Count);
        var step = RewardTraining.TrainOnPreferences(model, pairs, new RandomStream(1))[0];
        Assert.Equal(chosen.Zip(rejected, (c, r) => Math.Log(1 + Math.Exp(r - c))).Average(), step.Loss, Tolerance.Float32);
    }

    [Fact]
    public void A_step_moves_the_head_along_the_gradient_of_the_loss()
    {
        // One text, infinite clip: d(−log σ(w·h))/dw = −σ(−r) h, and Adam's first step is −α · sign of that.
        using var model = Classifiers.Make();
        var before = Tiny.Values(model.Weights[SequenceClassifier.HeadName].Tensor);
        var reward = Classifiers.Values(model.Score(["ab"]))[0];
        double[] state = [.. Enumerable.Range(0, 16).Select(i =>
        {
            var unit = new float[16];
            unit[i] = 1;
            Classifiers.Set(model, SequenceClassifier.HeadName, unit);
            return Classifiers.Values(model.Score(["ab"]))[0]; // the i-th entry of the last state
        })];
        Classifiers.Set(model, SequenceClassifier.HeadName, before);
        var options = new RewardTrainingOptions { LearningRate = 1e-3, WarmupSteps = 0, FinalLearningRateShare = 1 };
        var step = RewardTraining.TrainOnLabels(model, [new("ab", true)], new RandomStream(1), options).Single();
        var after = Tiny.Values(model.Weights[SequenceClassifier.HeadName].Tensor);
        for (var i = 0; i < 16; i++)
            Assert.Equal(before[i] + 1e-3 * Math.Sign(state[i]), after[i], 1e-6); // ε of Adam against gradients of about 0.1
        Assert.True(step.GradientNorm >= Math.Sqrt(state.Sum(s => s * s)) / (1 + Math.Exp(reward)) - Tolerance.Float32);
        Assert.True(Classifiers.Values(model.Score(["ab"]))[0] > reward);
    }

    [Fact]
    public void The_gradient_does_not_depend_on_how_a_batch_is_divided()
    {
        double[] Trained(int tokens)
        {
            using var model = Classifiers.Make(options: new() { TokensPerBatch = tokens });
            var log = RewardTraining.TrainOnLabels(model, Labels, new RandomStream(1), new() { LearningRate = 1e-3 });
            return [log[0].Loss, log[0].Accuracy, log[0].GradientNorm];
        }

        var (whole, single) = (Trained(1000), Trained(1));
        for (var i = 0; i < whole.Length; i++)
            Assert.Equal(whole[i], single[i], Tolerance.Float32 * Math.Max(1, whole[i]));
    }

    [Fact]
    public void It_learns_to_tell_texts_by_a_letter()
    {
        // Good texts have an 'a', bad ones a 'b', among letters that mean nothing; the held-out texts are others.
        var random = new RandomStream(9);
        LabelledText[] examples = [.. Enumerable.Range(0, 240).Select(i =>
        {
            var letters = Enumerable.Range(0, 3 + random.NextInt32(6)).Select(_ => (char)('c' + random.NextInt32(7))).ToArray();
            letters[random.NextInt32(letters.Length)] = i % 2 == 0 ? 'a' : 'b';
            return new LabelledText(new string(letters), i % 2 == 0);
        })];
        using var model = Classifiers.Make(config: Tiny.Config with { InitializerRange = 0.05 });
        var log = RewardTraining.TrainOnLabels(model, examples[..160], new RandomStream(2), Options with { Epochs = 12, BatchSize = 16 });
        Assert.Equal(Math.Log(2), log[0].Loss, 0.1); // it begins with knowing nothing
        var accuracy = RewardTraining.EvaluateOnLabels(model, examples[160..]);
        Assert.Equal(80, accuracy.Count);
        Assert.True(accuracy.Lower > 0.9, accuracy.ToString());
        Assert.Equal(
            accuracy.Correct,
            Classifiers.Values(model.Score([.. examples[160..].Select(e => e.Text)])).Zip(examples[160..], (r, e) => r > 0 == e.IsPositive).Count(right => right));
    }

    [Fact]
    public void It_learns_an_order_from_preferences()
    {
        // The later letter is preferred; 'd' is never compared with 'b' in training.
        PreferencePair[] pairs = [new("k", "b", "a"), new("k", "c", "b"), new("k", "d", "c"), new("k", "d", "a")];
        using var model = Classifiers.Make(config: Tiny.Config with { InitializerRange = 0.1 });
        RewardTraining.TrainOnPreferences(model, pairs, new RandomStream(1), Options);
        var rewards = Classifiers.Values(model.Score(["ka", "kb", "kc", "kd"]));
        Assert.Equal(rewards.Order(), rewards);
        Assert.Equal(4, RewardTraining.EvaluateOnPreferences(model, pairs).Correct);
    }

    [Fact]
    public void Equal_streams_give_equal_models()
    {
        float[] Trained(ulong seed)
        {
            using var model = Classifiers.Make();
            RewardTraining.TrainOnLabels(model, Labels, new RandomStream(seed), Options with { Epochs = 3, BatchSize = 2 });
            return [.. model.Weights.SelectMany(w => Tiny.Values(w.Tensor))];
        }

        Assert.Equal(Trained(1), Trained(1));
        Assert.NotEqual(Trained(1), Trained(2));
    }

    [Fact]
    public void Progress_and_cancellation_come_between_steps()
    {
        using var model = Classifiers.Make();
        using var source = new CancellationTokenSource();
        var told = new List<RewardTrainingStep>();
        void Tell(RewardTrainingStep step)
        {
            told.Add(step);
            if (step.Step == 3)
                source.Cancel();
        }

        Assert.Throws<OperationCanceledException>(
            () => RewardTraining.TrainOnLabels(model, Labels, new RandomStream(1), Options with { BatchSize = 2 }, new Listener(Tell), source.Token));
        Assert.Equal([(1, 1), (2, 1), (3, 2)], told.Select(s => (s.Step, s.Epoch)));
        Assert.All(told, s => Assert.Equal(80, s.Steps));
        Assert.All(model.Weights, w => Assert.Null(w.Tensor.grad));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_it_and_leaves_the_weights_of_the_step_before()
    {
        using var model = Classifiers.Make();
        var log = new List<float[]>();
        // An infinite clip and an absurd rate drive the weights apart within a few steps.
        var wild = Options with { LearningRate = 1e30, WarmupSteps = 0, MaxGradientNorm = double.PositiveInfinity };
        var exception = Assert.Throws<InvalidOperationException>(
            () => RewardTraining.TrainOnLabels(model, Labels, new RandomStream(1), wild, new Listener(_ => log.Add(All(model)))));
        Assert.Contains("both must be finite. The weights are those before this step.", exception.Message, StringComparison.Ordinal);
        Assert.Equal(log[^1], All(model));
        Assert.Throws<InvalidOperationException>(() =>
        {
            Classifiers.Set(model, SequenceClassifier.HeadName, [.. Enumerable.Repeat(float.NaN, 16)]);
            return RewardTraining.EvaluateOnLabels(model, Labels);
        });

        static float[] All(SequenceClassifierRewardModel model) => [.. model.Weights.SelectMany(w => Tiny.Values(w.Tensor))];
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var model = Classifiers.Make(options: new() { MaxTokens = 4, Overlong = OverlongText.Refuse });
        string Refusal(LabelledText[] examples) =>
            Assert.Throws<ArgumentException>(() => RewardTraining.TrainOnLabels(model, examples, new RandomStream(1))).Message;
        Assert.StartsWith("There are no examples; give at least one.", Refusal([]), StringComparison.Ordinal);
        Assert.StartsWith("Example 1 cannot be used: the text has 5 tokens, and the reward model reads 4.", Refusal([new("a", true), new("abcd", false)]), StringComparison.Ordinal);
        Assert.StartsWith("Example 0 is null or has no text.", Refusal([null!]), StringComparison.Ordinal);
        Assert.StartsWith(
            "Example 0 is null or has no text.",
            Assert.Throws<ArgumentException>(() => RewardTraining.TrainOnPreferences(model, [new("p", null!, "r")], new RandomStream(1))).Message,
            StringComparison.Ordinal);
        using var narrow = Classifiers.Make(type: ScalarType.BFloat16);
        Assert.Contains(
            "weights are trained in Float32",
            Assert.Throws<ArgumentException>(() => RewardTraining.TrainOnLabels(narrow, Labels, new RandomStream(1))).Message,
            StringComparison.Ordinal);
        var problems = Assert.Throws<OptionsException>(() => RewardTraining.TrainOnLabels(model, Labels, new RandomStream(1), new() { Epochs = 0, LearningRate = -1 }));
        Assert.StartsWith("RewardTrainingOptions: Epochs is 0", problems.Message, StringComparison.Ordinal);
        Assert.Equal(2, problems.Problems.Count);
    }

    [Theory]
    [InlineData(8, 10, 0.4902, 0.9433)] // the score interval's roots (p̂ − p)² = z² p(1 − p)/n, solved by hand
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(10, 10, 0.7225, 1)]
    [InlineData(500, 1000, 0.4691, 0.5309)]
    public void The_interval_is_Wilsons(int correct, int count, double lower, double upper)
    {
        var accuracy = new RewardAccuracy(correct, count);
        Assert.Equal((double)correct / count, accuracy.Value);
        Assert.Equal(lower, accuracy.Lower, 1e-4);
        Assert.Equal(upper, accuracy.Upper, 1e-4);
        foreach (var p in new[] { accuracy.Lower, accuracy.Upper }.Where(p => p is > 0 and < 1))
            Assert.Equal(1.959963984540054 * 1.959963984540054 * p * (1 - p) / count, Math.Pow(accuracy.Value - p, 2), 1e-9); // the defining equation
    }

    private sealed class Listener(Action<RewardTrainingStep> tell) : IProgress<RewardTrainingStep>
    {
        public void Report(RewardTrainingStep value) => tell(value);
    }
}
