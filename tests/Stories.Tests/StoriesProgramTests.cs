using System.Text.Json;
using Warp.Stories;
using Warp.Transformers;

namespace Warp.Tests;

public sealed class StoriesProgramTests
{
    private static readonly string[] Results =
        ["completions.md", "front.csv", "front.png", "front.svg", "report.json", "sft.safetensors", "warp", "warp.safetensors"];

    [Fact]
    public async Task OneSeedGivesOneResultAndAllOfItIsWritten()
    {
        using var first = new Miniature();
        using var second = new Miniature();
        using var other = new Miniature();
        var token = TestContext.Current.CancellationToken;
        foreach (var (run, seed) in new[] { (first, 1UL), (second, 1UL), (other, 2UL) })
            Assert.True(await run.RunAsync(run.Options with { Seed = seed }, token) == 0, run.Error);

        Assert.Equal(Results, Directory.EnumerateFileSystemEntries(first.Out).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var name in new[] { "front.csv", "warp.safetensors", "warp/model.safetensors", "completions.md" })
        {
            var bytes = await File.ReadAllBytesAsync(Path.Combine(first.Out, name), token);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(Path.Combine(second.Out, name), token));
            Assert.NotEqual(bytes, await File.ReadAllBytesAsync(Path.Combine(other.Out, name), token));
        }

        Assert.Equal("method,iteration,eta,kl,kl_se,reward,reward_se,judge,judge_se", (await File.ReadAllLinesAsync(Path.Combine(first.Out, "front.csv"), token))[0]);
        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(first.Out, "report.json"), token));
        var reward = report.RootElement.GetProperty("rewardModel");
        Assert.Equal((24, 24), (reward.GetProperty("reviews").GetInt32(), reward.GetProperty("judgeReviews").GetInt32())); // halves of 60 − 12
        Assert.Equal(12, reward.GetProperty("accuracy").GetProperty("count").GetInt32());
        Assert.Equal("model", report.RootElement.GetProperty("sft").GetProperty("model").GetString());

        // SFT; 2 baselines at 2 steps; 2 runs at 2 steps, SLERP, LERP, LITI and a front of 3.
        Assert.Equal(1 + 2 * 2 + (2 * 2 + 3 + 3), report.RootElement.GetProperty("evaluations").GetArrayLength());
    }

    [Fact]
    public async Task TheAlignedModelLoadsAgainWithItsTokenizer()
    {
        using var run = new Miniature();
        Assert.True(await run.RunAsync(run.Options, TestContext.Current.CancellationToken) == 0, run.Error);
        using var policy = CausalLmPolicy.FromPretrained(Path.Combine(run.Out, "warp"));
        using var weights = Safetensors.Load(Path.Combine(run.Out, "warp.safetensors"));
        foreach (var weight in weights)
            Assert.Equal(weight.Tensor.data<float>().ToArray(), policy.Weights[weight.Name].Tensor.data<float>().ToArray());
        Assert.Equal([1, 4, 5], policy.Tokenizer.Prompt("ab").TokenIds);
        Assert.Contains("WARP", await File.ReadAllTextAsync(Path.Combine(run.Out, "warp", "README.md"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // A second run replaces the results of the first.
        Assert.True(await run.RunAsync(run.Options, TestContext.Current.CancellationToken) == 0, run.Error);
    }

    [Fact]
    public async Task CutOffItGoesOnFromItsCheckpoint()
    {
        using var undisturbed = new Miniature();
        using var run = new Miniature();
        var token = TestContext.Current.CancellationToken;
        Assert.True(await undisturbed.RunAsync(undisturbed.Options, token) == 0, undisturbed.Error);

        var options = run.Options with { Checkpoint = run.In("checkpoint") };
        using (var cancel = new CancellationTokenSource())
        using (var watcher = new CancelAtLine("SFT anchor", cancel))
            Assert.Equal(130, await run.RunAsync(options, cancel.Token, watcher));
        Assert.True(await run.RunAsync(options, token) == 0, run.Error);
        Assert.Contains("Going on from", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("judge", run.Output[run.Output.IndexOf("Going on from", StringComparison.Ordinal)..].Split("SFT anchor")[0].Replace("for the judge", "", StringComparison.Ordinal), StringComparison.Ordinal);
        foreach (var name in new[] { "front.csv", "warp.safetensors", "sft.safetensors", "warp/model.safetensors", "completions.md" })
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(undisturbed.Out, name), token), await File.ReadAllBytesAsync(Path.Combine(run.Out, name), token));
    }

    [Fact]
    public async Task ReviewsToTestOnMayBeGiven()
    {
        using var run = new Miniature();
        Miniature.WriteReviews(run.In("test.jsonl"), 14);
        Assert.True(await run.RunAsync(run.Options with { TestReviews = run.In("test.jsonl") }, TestContext.Current.CancellationToken) == 0, run.Error);
        Assert.Contains("30 reviews for the reward model, 30 for the judge, 14 held out", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MissingPathsSayHowToGetSuchFiles()
    {
        using var run = new Miniature();
        Assert.Equal(2, await run.RunCommandAsync("--out", run.Out));
        Assert.Contains("--model is needed; give the folder of a language model", run.Error, StringComparison.Ordinal);
        Assert.Contains("raincandy-u/TinyStories-656K", run.Error, StringComparison.Ordinal);
        Assert.Contains("--reviews is needed", run.Error, StringComparison.Ordinal);
        Assert.Contains("stanfordnlp/imdb", run.Error, StringComparison.Ordinal);
        Assert.Contains("--stories is needed", run.Error, StringComparison.Ordinal);
        Assert.Contains("roneneldan/TinyStories", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Out));
    }

    [Fact]
    public async Task WrongPathsAreNamed()
    {
        using var run = new Miniature();
        Assert.Equal(2, await run.RunCommandAsync("--model", run.In("none"), "--reviews", "absent.jsonl", "--stories", run.Stories, "--test-reviews", "no.jsonl", "--out", run.Out));
        Assert.Contains($"--model is '{run.In("none")}', which has no config.json", run.Error, StringComparison.Ordinal);
        Assert.Contains("--reviews is 'absent.jsonl', which is not there", run.Error, StringComparison.Ordinal);
        Assert.Contains("--test-reviews is 'no.jsonl', which is not there", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("--stories is", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AModelWithoutATokenizerIsNamed()
    {
        using var run = new Miniature();
        File.Delete(Path.Combine(run.Model, "tokenizer.json"));
        Assert.Equal(2, await run.RunCommandAsync("--model", run.Model, "--reviews", run.Reviews, "--stories", run.Stories, "--out", run.Out));
        Assert.Contains($"--model is '{run.Model}', which has no tokenizer (tokenizer.json or tokenizer.model); give the folder of a language model", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Out));
    }

    [Theory]
    [InlineData("--eta", "0,2")]
    [InlineData("--beta", "-1")]
    [InlineData("--steps", "0")]
    public async Task BadOptionIsNamed(string option, string value)
    {
        using var run = new Miniature();
        Assert.Equal(2, await run.RunCommandAsync("--model", run.Model, "--reviews", run.Reviews, "--stories", run.Stories, "--out", run.Out, option, value));
        Assert.StartsWith($"{option} is ", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Out));
    }

    [Fact]
    public async Task FilesThatAreWrongAreASentence()
    {
        using var run = new Miniature();
        var token = TestContext.Current.CancellationToken;
        async Task<string> Error(StoriesOptions options)
        {
            using var other = new Miniature();
            Assert.Equal(1, await other.RunAsync(options, token));
            Assert.StartsWith("error: ", other.Error, StringComparison.Ordinal);
            Assert.False(Directory.Exists(options.Out));
            return other.Error;
        }

        await File.WriteAllTextAsync(run.In("bad.jsonl"), "{\"text\": \"a\", \"label\": 3}", token);
        Assert.Contains("line 1, 'label': it is 3", await Error(run.Options with { Reviews = run.In("bad.jsonl") }), StringComparison.Ordinal);
        Miniature.WriteReviews(run.In("few.jsonl"), 4);
        Assert.Contains("--reviews has 2 positive and 2 negative reviews; give both, and 10 or more together.", await Error(run.Options with { Reviews = run.In("few.jsonl") }), StringComparison.Ordinal);
        Assert.Contains("--stories has 40 different stories of more than 4 tokens; 40 are held out", await Error(run.Options with { HeldOutPrompts = 40 }), StringComparison.Ordinal);
        Assert.Contains("--model has 32 positions; prompts and completions take 37", await Error(run.Options with { CompletionTokens = 32 }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunThatDivergesIsASentence()
    {
        using var run = new Miniature();
        Assert.Equal(1, await run.RunAsync(run.Options with { Beta = 1e300, Steps = 3 }, TestContext.Current.CancellationToken));
        Assert.StartsWith("The gradient's norm is NaN at step 2 ", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.Out));
    }

    [Fact]
    public async Task CancellationLeavesNothing()
    {
        using var run = new Miniature();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        Assert.Equal(130, await run.RunAsync(run.Options, cancelled.Token));
        Assert.False(Directory.Exists(run.Out));
    }
}
