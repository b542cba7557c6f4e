using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

public class LogProbabilitiesTests
{
    private static readonly Rollout[] Rollouts =
    [
        Tiny.Rollout([1, 2, 3], [4, 5]),
        Tiny.Rollout([6], [7, 0, 0, 8]),
        Tiny.Rollout([9, 10, 11, 0, 1, 2], [3]),
        Tiny.Rollout([0], [0]),
    ];

    [Fact]
    public void A_row_scores_as_it_does_alone_and_is_0_after_its_end()
    {
        using var policy = Tiny.Policy();
        var together = Tiny.LogProbabilities(policy, Rollouts, 0.9);
        for (var row = 0; row < Rollouts.Length; row++)
        {
            var length = Rollouts[row].Completion.TokenIds.Count;
            Assert.Equal(4, together[row].Length);
            Tolerance.AssertClose(Tiny.LogProbabilities(policy, [Rollouts[row]], 0.9)[0], together[row][..length], Tolerance.Float32);
            Assert.All(together[row][..length], value => Assert.True(value < 0));
            Assert.All(together[row][length..], value => Assert.Equal(0, value));
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(2)]
    public void They_are_the_log_softmax_of_the_logits_over_the_temperature(double temperature)
    {
        using var policy = Tiny.Policy();
        var scores = Tiny.LogProbabilities(policy, Rollouts, temperature);
        for (var row = 0; row < Rollouts.Length; row++)
        {
            var (prompt, completion) = (Rollouts[row].Prompt.TokenIds, Rollouts[row].Completion.TokenIds);
            using var scope = NewDisposeScope();
            var ids = prompt.Concat(completion).Select(id => (long)id).ToArray();
            var logits = Tiny.Values(policy.Decoder.forward(tensor(ids, [1, ids.Length]))).Chunk(12).ToArray();
            for (var t = 0; t < completion.Count; t++)
            {
                // In float64, by the definition.
                var at = logits[prompt.Count - 1 + t];
                var expected = at[completion[t]] / temperature - Math.Log(at.Sum(l => Math.Exp(l / temperature)));
                Assert.Equal(expected, scores[row][t], Tolerance.Float32);
            }
        }
    }

    [Fact]
    public void Distributions_sum_to_1_and_hold_the_log_probabilities()
    {
        using var policy = Tiny.Policy();
        var scores = Tiny.LogProbabilities(policy, Rollouts, 0.9);
        var distributions = Tiny.LogDistributions(policy, Rollouts, 0.9);
        var token = 0;
        for (var row = 0; row < Rollouts.Length; row++)
        {
            var completion = Rollouts[row].Completion.TokenIds;
            for (var t = 0; t < completion.Count; t++, token++)
            {
                Assert.Equal(scores[row][t], distributions[token][completion[t]], Tolerance.Float32);
                Assert.Equal(1, distributions[token].Sum(v => Math.Exp(v)), Tolerance.Float32);
            }
        }

        Assert.Equal(token, distributions.Length);
    }

    [Fact]
    public void Distributions_have_the_gradient_of_the_log_probabilities()
    {
        using var policy = Tiny.Policy();
        var rollout = Tiny.Rollout([1, 2, 3], [4, 5]);
        using var scope = NewDisposeScope();
        policy.LogProbabilities([rollout], 0.9).sum().backward();
        var expected = policy.Weights.ToDictionary(t => t.Name, t => Tiny.Values(t.Tensor.grad!));
        foreach (var entry in policy.Weights)
            entry.Tensor.grad = null;
        var distributions = policy.LogDistributions([rollout], 0.9);
        distributions[0, 4].add(distributions[1, 5]).backward();
        Assert.All(policy.Weights, t => Tolerance.AssertClose(expected[t.Name], Tiny.Values(t.Tensor.grad!), Tolerance.Float32));
    }

    [Fact]
    public void All_completions_together_have_probability_1()
    {
        using var policy = Tiny.Policy(config: Tiny.Config with { VocabularySize = 3 });
        // Everything that generation of at most 3 tokens with end token 0 can give.
        var all = new List<int[]>();
        void Grow(int[] tokens)
        {
            if (tokens.Length == 3 || tokens is [.., 0])
            {
                all.Add(tokens);
                return;
            }

            for (var id = 0; id < 3; id++)
                Grow([.. tokens, id]);
        }

        Grow([]);
        var scores = Tiny.LogProbabilities(policy, [.. all.Select(tokens => Tiny.Rollout([1, 2], tokens))], 0.8);
        Assert.Equal(15, scores.Length);
        Assert.Equal(1, scores.Sum(row => Math.Exp(row.Sum())), Tolerance.Float32);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Chunks_change_neither_values_nor_gradients(int rows)
    {
        using var whole = Tiny.Policy();
        using var chunked = Tiny.Policy(options: new CausalLmPolicyOptions { LogitChunkRows = rows });
        Assert.All(
            Tiny.LogProbabilities(whole, Rollouts).Zip(Tiny.LogProbabilities(chunked, Rollouts)),
            pair => Tolerance.AssertClose(pair.First, pair.Second, Tolerance.Float32));
        var (expected, actual) = (Gradients(whole), Gradients(chunked));
        Assert.All(expected.Keys, name => Tolerance.AssertClose(expected[name], actual[name], Tolerance.Float32));
    }

    [Theory]
    [InlineData(2, false)]
    [InlineData(4, true)]
    public void Gradients_are_finite_differences(int keyValueHeads, bool tied)
    {
        const double step = 1e-6;
        // In float64 the central difference errs by step² · f‴, with f‴ up to 1e5 along the embeddings, and by 1e-14 / step: 1e-7 together.
        const double tolerance = 1e-6;
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy(config: Tiny.Config with { KeyValueHeads = keyValueHeads, TieWordEmbeddings = tied }, type: ScalarType.Float64);
        var random = new RandomStream(5);
        Tensor Normal(long[] shape)
        {
            using var generator = new Generator(random.NextUInt64(), CPU);
            return empty(shape, ScalarType.Float64, CPU).normal_(0, 1, generator);
        }

        var coefficients = Normal([4, 4]);
        Tensor Objective() => policy.PreciseLogProbabilities(Rollouts, 0.9).mul(coefficients).sum();
        Objective().backward();
        Assert.NotEmpty(policy.Weights);
        foreach (var entry in policy.Weights)
        {
            var direction = Normal(entry.Tensor.shape);
            double At(double distance)
            {
                using var noGradient = no_grad();
                using var saved = entry.Tensor.clone();
                entry.Tensor.add_(direction, distance);
                var value = Objective().item<double>();
                entry.Tensor.copy_(saved);
                return value;
            }

            var difference = (At(step) - At(-step)) / (2 * step);
            var derivative = entry.Tensor.grad!.mul(direction).sum().item<double>();
            Assert.True(
                Math.Abs(difference - derivative) <= tolerance * Math.Max(1, Math.Abs(derivative)),
                $"{entry.Name}: the gradient gives {derivative}, differences give {difference}.");
        }
    }

    [Fact]
    public void A_frozen_head_gets_no_gradient_and_the_rest_does()
    {
        using var free = Tiny.Policy();
        using var frozen = Tiny.Policy();
        ((TorchSharp.Modules.Parameter)frozen.Weights["lm_head.weight"].Tensor).requires_grad = false;
        var (expected, actual) = (Gradients(free), Gradients(frozen));
        Assert.Equal(expected.Keys.Except(["lm_head.weight"]).Order(), actual.Keys.Order());
        Assert.All(actual.Keys, name => Assert.Equal(expected[name], actual[name]));
    }

    [Fact]
    public void BFloat16_weights_are_scored_in_float32()
    {
        using var policy = Tiny.Policy(config: Tiny.Config with { InitializerRange = 0.2 });
        using var rounded = policy.Clone(ScalarType.BFloat16);
        using var scores = rounded.LogProbabilities(Rollouts, 0.9);
        Assert.Equal(ScalarType.Float32, scores.dtype);
        var expected = Tiny.LogProbabilities(policy, Rollouts, 0.9);
        Assert.All(expected.Zip(Tiny.LogProbabilities(rounded, Rollouts, 0.9)), pair => Tolerance.AssertClose(pair.First, pair.Second, Tolerance.BFloat16));
        // Rounded to bfloat16 the distribution would miss 1 by about 1e-2.
        Assert.All(Tiny.LogDistributions(rounded, Rollouts), row => Assert.Equal(1, row.Sum(v => Math.Exp(v)), Tolerance.Float32));
        Assert.NotEmpty(Gradients(rounded));
        var completions = rounded.Generate([Tiny.Prompt(1, 2), Tiny.Prompt(3)], new SamplingOptions { MaxNewTokens = 9 }, new RandomStream(1));
        Assert.All(completions, c => Assert.Equal(9, c.TokenIds.Count));
    }

    [Fact]
    public void A_clone_is_equal_and_independent()
    {
        using var policy = Tiny.Policy();
        using var clone = policy.Clone();
        Assert.Equal(policy.Decoder.Config, clone.Decoder.Config);
        var before = Tiny.LogProbabilities(policy, Rollouts);
        Assert.Equal(before, Tiny.LogProbabilities(clone, Rollouts));
        using (no_grad())
            clone.Weights["model.norm.weight"].Tensor.mul_(2);
        Assert.Equal(before, Tiny.LogProbabilities(policy, Rollouts));
        Assert.NotEqual(before, Tiny.LogProbabilities(clone, Rollouts));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var policy = Tiny.Policy();
        LiveTensors.AssertNoneLeft(() => policy.LogProbabilities(Rollouts, 0.9).Dispose());
        LiveTensors.AssertNoneLeft(() => policy.LogDistributions(Rollouts, 0.9).Dispose());
        LiveTensors.AssertNoneLeft(() =>
        {
            using var noGradient = no_grad();
            policy.LogProbabilities(Rollouts, 0.9).Dispose();
        });
        LiveTensors.AssertNoneLeft(() =>
        {
            using var scope = NewDisposeScope();
            policy.LogProbabilities(Rollouts, 0.9).sum().backward();
        });
        LiveTensors.AssertNoneLeft(() => policy.Clone().Dispose());
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var policy = Tiny.Policy();
        string Refusal(IReadOnlyList<Rollout> rollouts, double temperature = 1)
        {
            var message = Assert.ThrowsAny<ArgumentException>(() => policy.LogProbabilities(rollouts, temperature)).Message;
            Assert.Equal(message, Assert.ThrowsAny<ArgumentException>(() => policy.LogDistributions(rollouts, temperature)).Message);
            return message;
        }

        Assert.StartsWith("There are no rollouts; give at least one.", Refusal([]), StringComparison.Ordinal);
        foreach (var temperature in new[] { 0, -1, double.NaN, double.PositiveInfinity })
            Assert.StartsWith($"The temperature is {temperature}; to score it must be finite and above 0.", Refusal(Rollouts, temperature), StringComparison.Ordinal);
        Assert.StartsWith(
            "Token id 0 of the completion of rollout 0, \"12\", is 12; the model's vocabulary is 0 to 11.", Refusal([Tiny.Rollout([1], [12])]), StringComparison.Ordinal);
        Assert.StartsWith(
            "Token id 1 of the prompt of rollout 0, \"1 99\", is 99; the model's vocabulary is 0 to 11.", Refusal([Tiny.Rollout([1, 99], [1])]), StringComparison.Ordinal);
        Assert.StartsWith(
            "Rollout 0, prompt \"1\", has 1 + 64 = 65 tokens, and the model has 64 positions.", Refusal([Tiny.Rollout([1], new int[64])]), StringComparison.Ordinal);
        Assert.Contains(
            "LogitChunkRows is 0; it must be at least 1",
            Assert.Throws<OptionsException>(() => Tiny.Policy(options: new CausalLmPolicyOptions { LogitChunkRows = 0 })).Message,
            StringComparison.Ordinal);
    }

    private static Dictionary<string, float[]> Gradients(CausalLmPolicy policy)
    {
        using var scope = NewDisposeScope();
        policy.LogProbabilities(Rollouts, 0.9).mul(tensor(new float[] { 1, -2, 3, 0.5f }).unsqueeze(1)).sum().backward();
        return policy.Weights.Where(t => t.Tensor.grad is not null).ToDictionary(t => t.Name, t => Tiny.Values(t.Tensor.grad!));
    }
}
