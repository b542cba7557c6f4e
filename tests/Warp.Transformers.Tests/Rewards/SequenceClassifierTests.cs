using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

public class SequenceClassifierTests
{
    private static readonly string[] Texts = ["abc", "a", "fedcbafedcba", "kk", "cab", "ijij", "b", "lllllll"];

    [Fact]
    public void Without_blocks_the_reward_is_algebra()
    {
        // Attention and MLP add nothing: the state is the last token's embedding x, and the reward Σ wᵢ gᵢ xᵢ / √(mean(x²) + ε).
        using var model = Classifiers.Make();
        foreach (var name in model.Weights.Select(w => w.Name).Where(n => n.EndsWith("o_proj.weight", StringComparison.Ordinal) || n.EndsWith("down_proj.weight", StringComparison.Ordinal)).ToList())
            Classifiers.Set(model, name, new float[model.Weights[name].Tensor.numel()]);
        float[] gain = [.. Enumerable.Range(0, 16).Select(i => 1 + 0.1f * i)];
        float[] head = [.. Enumerable.Range(0, 16).Select(i => (i % 5) - 2f)];
        Classifiers.Set(model, "model.norm.weight", gain);
        Classifiers.Set(model, SequenceClassifier.HeadName, head);
        var embedding = Tiny.Values(model.Weights["model.embed_tokens.weight"].Tensor).Chunk(16).ToArray();

        double Expected(float[] x) =>
            Enumerable.Range(0, 16).Sum(i => head[i] * gain[i] * x[i]) / Math.Sqrt(x.Average(v => (double)v * v) + Tiny.Config.RmsNormEpsilon);
        var rewards = Classifiers.Values(model.Score(["abc", "d", "k", ""]));
        Assert.Equal(Expected(embedding[2]), rewards[0], Tolerance.Float32);
        Assert.Equal(Expected(embedding[3]), rewards[1], Tolerance.Float32);
        Assert.Equal(Expected(embedding[10]), rewards[2], Tolerance.Float32);
        Assert.Equal(rewards[2], rewards[3], Tolerance.Float32); // nothing but the start token, which is 'k'
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("gpt2")]
    [InlineData("gemma")]
    public void With_a_row_of_the_output_head_it_is_a_logit_that_transformers_computed(string name)
    {
        var reference = ModelReference.Load(name);
        using var policy = reference.Policy();
        using var model = SequenceClassifierRewardModel.FromDecoder(policy.Decoder, new NumberTokenizer(), new RandomStream(1));
        using var scope = NewDisposeScope();
        string[] texts = [.. Enumerable.Range(0, 2).Select(row => string.Join(' ', reference.Row(row)))];
        foreach (var token in new[] { 3, 17, 60 })
        {
            Classifiers.Set(model, SequenceClassifier.HeadName, Tiny.Values(policy.Weights["lm_head.weight"].Tensor[token]));
            var rewards = Classifiers.Values(model.Score(texts));
            for (var row = 0; row < texts.Length; row++)
                Assert.Equal(reference.LastLogits(row)[^1][token], rewards[row], Tolerance.Reference);
        }
    }

    [Fact]
    public void A_text_scores_the_same_in_any_batch()
    {
        using var model = Classifiers.Make();
        using var narrow = Classifiers.Make(options: new() { TokensPerBatch = 1 });
        using var middling = Classifiers.Make(options: new() { TokensPerBatch = 17 });
        var together = Classifiers.Values(model.Score(Texts));
        var alone = Texts.Select(t => Classifiers.Values(model.Score([t]))[0]).ToArray();
        for (var i = 0; i < Texts.Length; i++)
            Assert.Equal(alone[i], together[i], Tolerance.Float32);
        Assert.Equal(alone, Classifiers.Values(narrow.Score(Texts)));
        var some = Classifiers.Values(middling.Score(Texts));
        for (var i = 0; i < Texts.Length; i++)
            Assert.Equal(alone[i], some[i], Tolerance.Float32);
    }

    [Fact]
    public async Task Threads_that_score_at_once_get_what_each_gets_alone()
    {
        using var model = Classifiers.Make(options: new() { TokensPerBatch = 12 });
        var alone = Classifiers.Values(model.Score(Texts));
        using var fresh = Classifiers.Make(options: new() { TokensPerBatch = 12 }); // its table of positions is not yet made
        var results = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Classifiers.Values(fresh.Score(Texts)))));
        Assert.All(results, result => Assert.Equal(alone, result));
    }

    [Fact]
    public async Task Rollouts_are_read_as_text_with_the_models_own_tokenizer()
    {
        using var model = Classifiers.Make();
        var rewards = Classifiers.Values(await model.ScoreAsync([Classifiers.Rollout("ab", "cd"), Classifiers.Rollout("", "a")]));
        Assert.Equal(Classifiers.Values(model.Score(["abcd", "a"])), rewards);

        using var rendered = Classifiers.Make(options: new() { Text = r => r.Completion.Text + r.Prompt.Text });
        Assert.Equal(Classifiers.Values(model.Score(["cdab"])), Classifiers.Values(await rendered.ScoreAsync([Classifiers.Rollout("ab", "cd")])));
    }

    [Fact]
    public void Special_tokens_stand_where_the_options_say()
    {
        // 'k' is the start token and 'l' the end token, so a model without either can read both as text.
        using var bare = Classifiers.Make(tokenizer: new TestTokenizer());
        using var started = Classifiers.Make();
        using var ended = Classifiers.Make(options: new() { AppendEndToken = true });
        Assert.Equal(Classifiers.Values(bare.Score(["kabc"])), Classifiers.Values(started.Score(["abc"])));
        Assert.Equal(Classifiers.Values(bare.Score(["kabcl"])), Classifiers.Values(ended.Score(["abc"])));
    }

    [Fact]
    public void A_start_token_that_the_text_has_already_is_not_put_again()
    {
        // As a chat template writes it; also where the text is cut.
        using var bare = Classifiers.Make(tokenizer: new TestTokenizer());
        using var started = Classifiers.Make(options: new() { MaxTokens = 5 });
        Assert.Equal(Classifiers.Values(bare.Score(["kabc", "kakc", "k"])), Classifiers.Values(started.Score(["kabc", "akc", "k"])));
        Assert.Equal(0, started.OverlongTexts);
        Assert.Equal(Classifiers.Values(bare.Score(["kabcd", "kefgh"])), Classifiers.Values(started.Score(["kabcd", "kabcdefgh"])));
        Assert.Equal(1, started.OverlongTexts);
    }

    [Fact]
    public void Long_texts_are_shortened_as_told_and_counted()
    {
        using var bare = Classifiers.Make(tokenizer: new TestTokenizer());
        using var end = Classifiers.Make(options: new() { MaxTokens = 5, AppendEndToken = true });
        using var start = Classifiers.Make(options: new() { MaxTokens = 5, Overlong = OverlongText.KeepStart });
        using var refusing = Classifiers.Make(options: new() { MaxTokens = 5, Overlong = OverlongText.Refuse });
        using var one = Classifiers.Make(options: new() { MaxTokens = 1 });
        Assert.Equal(Classifiers.Values(bare.Score(["kfghl", "kabcl"])), Classifiers.Values(end.Score(["abcdefgh", "abc"])));
        Assert.Equal(1, end.OverlongTexts);
        Assert.Equal(Classifiers.Values(bare.Score(["kabcd"])), Classifiers.Values(start.Score(["abcdefgh"])));
        Assert.Equal(Classifiers.Values(bare.Score(["h"])), Classifiers.Values(one.Score(["abcdefgh"])));

        var rewards = refusing.Score(["abcd", "abcde"]);
        Assert.True(rewards[0].IsScored);
        Assert.Equal("the text has 6 tokens, and the reward model reads 5", rewards[1].Reason);
        Assert.Equal(1, refusing.OverlongTexts);

        using var whole = Classifiers.Make();
        Assert.True(whole.Score([new string('a', 500)])[0].IsScored);
        Assert.Equal(1, whole.OverlongTexts);
    }

    [Fact]
    public void A_text_without_tokens_is_not_scorable()
    {
        using var bare = Classifiers.Make(tokenizer: new TestTokenizer());
        var rewards = bare.Score(["", "a"]);
        Assert.Equal("the text is empty", rewards[0].Reason);
        Assert.True(rewards[1].IsScored);
        Assert.True(bare.Score([""])[0].IsNotScorable);
    }

    [Fact]
    public async Task It_is_a_reward_model_by_the_cores_own_checks()
    {
        using var model = Classifiers.Make();
        Rollout[] rollouts = [Classifiers.Rollout("ab", "cd"), Classifiers.Rollout("c", "d"), Classifiers.Rollout("ab", "cd")];
        // An adapter checks count and values of what it adapts; a penalty of 0 changes nothing.
        var checkedRewards = await model.WithLengthPenalty(0).ScoreAsync(rollouts);
        Assert.Equal(await model.ScoreAsync(rollouts), checkedRewards);
        Assert.Equal(checkedRewards[0].Value, checkedRewards[2].Value, Tolerance.Float32);

        var failure = await Assert.ThrowsAsync<RewardException>(async () => await model.WithLengthPenalty(0).ScoreAsync([Classifiers.Rollout("a", "z")]));
        Assert.Contains("Token id 2 of the text \"az\" is 25; the model's vocabulary is 0 to 11", failure.Message, StringComparison.Ordinal);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await model.ScoreAsync(rollouts, cancelled.Token));
    }

    [Fact]
    public void It_takes_over_a_language_models_body_and_leaves_the_model_alone()
    {
        using var policy = Tiny.Policy();
        var before = policy.Weights.SelectMany(w => Tiny.Values(w.Tensor)).ToArray();
        using var model = SequenceClassifierRewardModel.FromDecoder(policy.Decoder, Classifiers.Tokenizer, new RandomStream(5));
        Assert.DoesNotContain(model.Weights, w => w.Name == "lm_head.weight");
        foreach (var weight in model.Weights.Where(w => w.Name != SequenceClassifier.HeadName))
            Assert.Equal(Tiny.Values(policy.Weights[weight.Name].Tensor), Tiny.Values(weight.Tensor));
        Assert.Equal([1, 16], model.Weights[SequenceClassifier.HeadName].Tensor.shape);

        RewardTraining.TrainOnLabels(model, [new("a", true), new("b", false)], new RandomStream(1));
        Assert.Equal(before, policy.Weights.SelectMany(w => Tiny.Values(w.Tensor)));
    }

    [Fact]
    public void Other_types_score_too()
    {
        using var single = Classifiers.Make();
        using var wide = Classifiers.Make(type: ScalarType.Float64);
        using var narrow = Classifiers.Make(type: ScalarType.BFloat16);
        var expected = Classifiers.Values(single.Score(Texts));
        var (precise, rough) = (Classifiers.Values(wide.Score(Texts)), Classifiers.Values(narrow.Score(Texts)));
        for (var i = 0; i < Texts.Length; i++)
        {
            Assert.Equal(expected[i], precise[i], Tolerance.Float32);
            Assert.Equal(expected[i], rough[i], Tolerance.BFloat16);
        }
    }

    [Fact]
    public void Equal_streams_give_equal_models()
    {
        using var first = Classifiers.Make(3);
        using var second = Classifiers.Make(3);
        using var third = Classifiers.Make(4);
        Assert.Equal(first.Score(Texts), second.Score(Texts));
        Assert.NotEqual(first.Score(Texts), third.Score(Texts));
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        LiveTensors.AssertNoneLeft(() =>
        {
            using var model = Classifiers.Make(options: new() { TokensPerBatch = 10 });
            model.Score(Texts);
            RewardTraining.TrainOnLabels(model, [new("ab", true), new("ba", false), new("c", true)], new RandomStream(1), new() { Epochs = 2 });
            RewardTraining.EvaluateOnLabels(model, [new("ab", true)]);
        });
        using var policy = Tiny.Policy();
        LiveTensors.AssertNoneLeft(() =>
        {
            using var model = SequenceClassifierRewardModel.FromDecoder(policy.Decoder, Classifiers.Tokenizer, new RandomStream(5));
            model.Score(Texts);
        });
        LiveTensors.AssertNoneLeft(() => Assert.ThrowsAny<ArgumentException>(() => Classifiers.Make(options: new() { MaxTokens = 65 })));
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        using var model = Classifiers.Make();
        Assert.StartsWith("There are no texts; give at least one.", Assert.Throws<ArgumentException>(() => model.Score([])).Message, StringComparison.Ordinal);
        Assert.StartsWith("Text 1 is null.", Assert.Throws<ArgumentException>(() => model.Score(["a", null!])).Message, StringComparison.Ordinal);
        var bad = new SequenceClassifierOptions { MaxTokens = 65, Overlong = (OverlongText)7, TokensPerBatch = 0 };
        Assert.Equal(
            [
                "MaxTokens is 65; it must be at least 1 and at most 64, the positions of the model",
                "Overlong is 7; it may be KeepEnd, KeepStart, Refuse",
                "TokensPerBatch is 0; it must be at least 1",
            ],
            Assert.Throws<OptionsException>(() => Classifiers.Make(options: bad)).Problems);
        Assert.Contains("the tokenizer has no end token", Assert.Throws<OptionsException>(() => Classifiers.Make(options: new() { AppendEndToken = true }, tokenizer: new TestTokenizer())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Classifiers.Make(tokenizer: new TestTokenizer([12])));
    }

    /// <summary>Texts are token ids with spaces between.</summary>
    private sealed class NumberTokenizer : ITokenizer
    {
        public IReadOnlyList<int> EndTokenIds => [];

        public int PadTokenId => 0;

        public IReadOnlyList<int> Encode(string text) => [.. text.Split(' ').Select(t => int.Parse(t, System.Globalization.CultureInfo.InvariantCulture))];

        public string Decode(IReadOnlyList<int> tokenIds) => string.Join(' ', tokenIds);
    }
}
