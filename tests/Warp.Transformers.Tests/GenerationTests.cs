using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

public class GenerationTests
{
    private static readonly int[][] Prompts = [[1, 2, 3], [4], [5, 6, 7, 8, 9], [3, 3], [10, 0, 11]];

    public static TheoryData<int, bool> Shapes { get; } = new() { { 4, false }, { 2, false }, { 1, false }, { 2, true } };

    private static IReadOnlyList<Prompt> AllPrompts => [.. Prompts.Select(Tiny.Prompt)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Greedy_tokens_are_those_of_a_full_recomputation(int keyValueHeads, bool tied)
    {
        using var policy = Tiny.Policy(config: Tiny.Config with { KeyValueHeads = keyValueHeads, TieWordEmbeddings = tied });
        var completions = policy.Generate(AllPrompts, new SamplingOptions { Temperature = 0, MaxNewTokens = 8 }, new RandomStream(1));
        for (var row = 0; row < Prompts.Length; row++)
        {
            int[] ids = Prompts[row];
            foreach (var token in completions[row].TokenIds)
            {
                Assert.Equal(Recomputed(policy, ids), token);
                ids = [.. ids, token];
            }
        }
    }

    [Fact]
    public void Sampled_tokens_are_those_of_a_full_recomputation()
    {
        using var policy = Tiny.Policy(ends: [0, 7]);
        var random = new RandomStream(3);
        var rows = new RandomStream(new RandomStream(3).NextUInt64());
        var completions = policy.Generate(AllPrompts, new SamplingOptions { Temperature = 0.8, MaxNewTokens = 12 }, random);
        for (var row = 0; row < Prompts.Length; row++)
        {
            var stream = rows.Fork((ulong)row);
            for (var t = 0; t < completions[row].TokenIds.Count; t++)
            {
                // The inverse of the distribution function, from the scorer's distribution.
                var distribution = Tiny.LogDistributions(policy, [new(Tiny.Prompt(Prompts[row]), completions[row])], 0.8)[t];
                var (u, sum, token) = (stream.NextDouble(), 0.0, -1);
                while (sum <= u)
                    sum += Math.Exp(distribution[++token]);
                Assert.Equal(token, completions[row].TokenIds[t]);
            }
        }
    }

    [Fact]
    public void A_row_does_not_depend_on_the_rest_of_the_batch()
    {
        using var policy = Tiny.Policy();
        var sampling = new SamplingOptions { MaxNewTokens = 15 };
        var together = policy.Generate(AllPrompts, sampling, new RandomStream(3));
        for (var rows = 1; rows < Prompts.Length; rows++)
        {
            var alone = policy.Generate([.. AllPrompts.Take(rows)], sampling, new RandomStream(3));
            for (var row = 0; row < rows; row++)
                Assert.Equal(together[row].TokenIds, alone[row].TokenIds);
        }
    }

    [Theory]
    [InlineData(new[] { 5 })]
    [InlineData(new[] { 0, 3, 8 })]
    [InlineData(new[] { 0, 1, 2, 3, 4, 5 })]
    public void Rows_end_at_the_first_of_several_end_tokens_and_leave_the_others_as_they_are(int[] ends)
    {
        var prompts = Enumerable.Range(0, 24).Select(i => Tiny.Prompt([.. Enumerable.Range(0, 1 + i % 4).Select(t => (i + t) % 12)])).ToArray();
        var sampling = new SamplingOptions { Temperature = 1.5, MaxNewTokens = 20 };
        using var endless = Tiny.Policy();
        using var ending = Tiny.Policy(ends: ends, pad: ends[0]);
        var whole = endless.Generate(prompts, sampling, new RandomStream(9));
        var cut = ending.Generate(prompts, sampling, new RandomStream(9));
        for (var row = 0; row < prompts.Length; row++)
        {
            Assert.True(whole[row].IsTruncated);
            Assert.Equal(20, whole[row].TokenIds.Count);
            var end = whole[row].TokenIds.ToList().FindIndex(ends.Contains);
            Assert.Equal(end < 0, cut[row].IsTruncated);
            Assert.Equal(end < 0 ? whole[row].TokenIds : whole[row].TokenIds.Take(end + 1), cut[row].TokenIds);
            var text = cut[row].IsTruncated ? cut[row].TokenIds : cut[row].TokenIds.SkipLast(1);
            Assert.Equal(string.Concat(text.Select(id => (char)('a' + id))), cut[row].Text);
        }

        Assert.Contains(cut, completion => !completion.IsTruncated);
    }

    [Fact]
    public void Frequencies_are_the_probabilities()
    {
        const int draws = 6000;
        const double temperature = 0.7;
        using var policy = Tiny.Policy(config: Tiny.Config with { VocabularySize = 4 });
        var completions = policy.Generate(
            [.. Enumerable.Repeat(Tiny.Prompt(1, 2), draws)], new SamplingOptions { Temperature = temperature, MaxNewTokens = 2 }, new RandomStream(11));
        var counts = completions.CountBy(c => c.TokenIds[0] * 4 + c.TokenIds[1]).ToDictionary();
        var chiSquare = 0.0;
        var total = 0.0;
        for (var pair = 0; pair < 16; pair++)
        {
            var probability = Math.Exp(Tiny.LogProbabilities(policy, [Tiny.Rollout([1, 2], [pair / 4, pair % 4])], temperature)[0].Sum());
            total += probability;
            chiSquare += Math.Pow(counts.GetValueOrDefault(pair) - draws * probability, 2) / (draws * probability);
        }

        Assert.Equal(1, total, Tolerance.Float32);
        Assert.True(chiSquare < 44.3, $"χ² with 15 degrees of freedom is {chiSquare}; it exceeds 44.3 once in 10 000 times, and the seed is fixed.");
    }

    [Fact]
    public void Equal_streams_give_equal_completions_and_a_stream_goes_on()
    {
        using var policy = Tiny.Policy();
        var sampling = new SamplingOptions { MaxNewTokens = 10 };
        var (a, b) = (new RandomStream(4), new RandomStream(4));
        var first = Tokens(policy.Generate(AllPrompts, sampling, a));
        Assert.Equal(first, Tokens(policy.Generate(AllPrompts, sampling, b)));
        Assert.NotEqual(first, Tokens(policy.Generate(AllPrompts, sampling, a)));
        Assert.Equal(2ul, a.Position);
        policy.Generate(AllPrompts, sampling with { Temperature = 0 }, a);
        Assert.Equal(3ul, a.Position);
    }

    [Fact]
    public async Task Runs_side_by_side_do_not_disturb_one_another()
    {
        var sampling = new SamplingOptions { MaxNewTokens = 20 };
        string[] Run(ulong seed)
        {
            using var policy = Tiny.Policy(seed, ends: [0]);
            var random = new RandomStream(seed);
            return [.. Enumerable.Range(0, 10).Select(_ => Tokens(policy.Generate(AllPrompts, sampling, random)))];
        }

        var alone = new[] { Run(1), Run(2) };
        var together = await Task.WhenAll(Task.Run(() => Run(1)), Task.Run(() => Run(2)));
        Assert.Equal(alone[0], together[0]);
        Assert.Equal(alone[1], together[1]);
    }

    [Fact]
    public void A_low_temperature_is_greedy_and_a_high_one_uniform()
    {
        using var policy = Tiny.Policy();
        var greedy = policy.Generate(AllPrompts, new SamplingOptions { Temperature = 0, MaxNewTokens = 10 }, new RandomStream(1));
        var cold = policy.Generate(AllPrompts, new SamplingOptions { Temperature = 1e-6, MaxNewTokens = 10 }, new RandomStream(1));
        Assert.Equal(Tokens(greedy), Tokens(cold));
        var hot = policy.Generate(
            [.. Enumerable.Repeat(Tiny.Prompt(1), 1200)], new SamplingOptions { Temperature = 1e6, MaxNewTokens = 1 }, new RandomStream(1));
        // 100 expected of each of 12 tokens, with a standard deviation of 9.6.
        Assert.All(Enumerable.Range(0, 12), id => Assert.InRange(hot.Count(c => c.TokenIds[0] == id), 52, 148));
    }

    [Fact]
    public void A_token_without_probability_is_never_drawn()
    {
        using var scope = NewDisposeScope();
        var minus = float.NegativeInfinity;
        var logits = tensor(new[] { minus, 0, minus, 0, minus }, [1, 5]);
        Assert.Equal([1], TokenSampler.Sample(logits, 0.9, [0]));
        Assert.Equal([1], TokenSampler.Sample(logits, 0.9, [Math.BitDecrement(0.5)]));
        Assert.Equal([3], TokenSampler.Sample(logits, 0.9, [0.5]));
        Assert.Equal([3], TokenSampler.Sample(logits, 0.9, [Math.BitDecrement(1.0)]));
    }

    [Fact]
    public void Weights_that_are_not_numbers_are_an_error()
    {
        using var policy = Tiny.Policy();
        using (no_grad())
            policy.Weights["model.norm.weight"].Tensor.fill_(float.NaN);
        foreach (var temperature in new[] { 0, 0.9 })
        {
            var sampling = new SamplingOptions { Temperature = temperature, MaxNewTokens = 3 };
            var exception = Assert.Throws<InvalidOperationException>(() => policy.Generate(AllPrompts, sampling, new RandomStream(1)));
            Assert.Contains("diverged", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(1e-30)]
    [InlineData(double.Epsilon)]
    public void A_temperature_next_to_zero_is_greedy(double temperature)
    {
        using var policy = Tiny.Policy();
        var sampling = new SamplingOptions { Temperature = temperature, MaxNewTokens = 10 };
        Assert.Equal(
            Tokens(policy.Generate(AllPrompts, sampling with { Temperature = 0 }, new RandomStream(1))), Tokens(policy.Generate(AllPrompts, sampling, new RandomStream(1))));
    }

    [Fact]
    public void A_training_step_is_seen_by_the_next_generation()
    {
        using var policy = Tiny.Policy();
        using var other = Tiny.Policy(seed: 2);
        var sampling = new SamplingOptions { Temperature = 0, MaxNewTokens = 10 };
        policy.Weights.CopyFrom(other.Weights);
        Assert.Equal(
            Tokens(other.Generate(AllPrompts, sampling, new RandomStream(1))), Tokens(policy.Generate(AllPrompts, sampling, new RandomStream(1))));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using var policy = Tiny.Policy(ends: [0, 1]);
        var random = new RandomStream(1);
        LiveTensors.AssertNoneLeft(() => policy.Generate(AllPrompts, new SamplingOptions { MaxNewTokens = 20 }, random));
        LiveTensors.AssertNoneLeft(() => policy.Generate(AllPrompts, new SamplingOptions { MaxNewTokens = 20, Temperature = 0 }, random));
        using var bfloat16 = Tiny.Policy(ends: [0, 1], type: ScalarType.BFloat16);
        LiveTensors.AssertNoneLeft(() => bfloat16.Generate(AllPrompts, new SamplingOptions { MaxNewTokens = 20 }, random));
    }

    [Fact]
    public void Cancellation_ends_it_between_tokens()
    {
        using var policy = Tiny.Policy(config: Tiny.Config with { MaxPositions = 1_000_000 });
        using var source = new CancellationTokenSource();
        // A million tokens would take minutes.
        source.CancelAfter(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() =>
            policy.Generate([Tiny.Prompt(1)], new SamplingOptions { MaxNewTokens = 999_999 }, new RandomStream(1), source.Token));
        LiveTensors.AssertNoneLeft(() => Assert.Throws<OperationCanceledException>(() =>
            policy.Generate(AllPrompts, new SamplingOptions { MaxNewTokens = 5 }, new RandomStream(1), source.Token)));
    }

    [Fact]
    public void What_does_not_fit_is_refused_before_any_work()
    {
        using var policy = Tiny.Policy();
        var random = new RandomStream(1);
        string Refusal(IReadOnlyList<Prompt> prompts, SamplingOptions sampling) =>
            Assert.ThrowsAny<ArgumentException>(() => policy.Generate(prompts, sampling, random)).Message;

        Assert.StartsWith("There are no prompts; give at least one.", Refusal([], new SamplingOptions()), StringComparison.Ordinal);
        Assert.StartsWith(
            "Token id 1 of prompt 1, \"1 12\", is 12; the model's vocabulary is 0 to 11. Use the tokenizer that belongs to the model.",
            Refusal([Tiny.Prompt(1), Tiny.Prompt(1, 12)], new SamplingOptions { MaxNewTokens = 3 }),
            StringComparison.Ordinal);
        Assert.StartsWith(
            "Prompt 0, \"1 2\", has 2 tokens; with MaxNewTokens = 63 that is 65 positions, and the model has 64. Shorten the prompt or lower MaxNewTokens to 62.",
            Refusal([Tiny.Prompt(1, 2)], new SamplingOptions { MaxNewTokens = 63 }),
            StringComparison.Ordinal);
        Assert.Contains("2147483649 positions", Refusal([Tiny.Prompt(1, 2)], new SamplingOptions { MaxNewTokens = int.MaxValue }), StringComparison.Ordinal);
        Assert.Contains("Temperature is NaN", Refusal([Tiny.Prompt(1)], new SamplingOptions { Temperature = double.NaN }), StringComparison.Ordinal);
        Assert.Equal(0ul, random.Position);
        Assert.Equal(62, policy.Generate([Tiny.Prompt(1, 2)], new SamplingOptions { MaxNewTokens = 62 }, random)[0].TokenIds.Count);
    }

    [Fact]
    public void Special_tokens_outside_the_vocabulary_are_refused()
    {
        Assert.Contains(
            "the tokenizer's PadTokenId is -1; the model's vocabulary is 0 to 11",
            Assert.Throws<ArgumentException>(() => Tiny.Policy(pad: -1)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "Token id 1 of the tokenizer's EndTokenIds is 12",
            Assert.Throws<ArgumentException>(() => Tiny.Policy(ends: [1, 12])).Message,
            StringComparison.Ordinal);
    }

    private static string Tokens(IEnumerable<Completion> completions) =>
        string.Join(" | ", completions.Select(c => string.Join(' ', c.TokenIds)));

    private static int Recomputed(CausalLmPolicy policy, int[] ids)
    {
        using var scope = NewDisposeScope();
        return (int)policy.Decoder.forward(tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]))[0, ids.Length - 1].argmax().item<long>();
    }
}
