using System.Text.Json;
using System.Text.Json.Nodes;
using Warp.Tool.Native;

namespace Warp.Tests;

public sealed class GenerateTests
{
    /// <summary>Against transformers 4.47 in float32: log-probabilities of a few nats, by two orders of the same sums.</summary>
    private const double Reference = 1e-4;

    /// <summary>A softmax over 8 numbers in float32.</summary>
    private const double Float32 = 1e-5;

    [Fact]
    public async Task Greedy_tokens_are_the_known_ones_and_end_tokens_stop()
    {
        using var folder = new TestFolder();
        var model = SuccessorModel.Write(folder["model"], end: 6);
        var json = (await ToolRun.Of("generate", "--model", model, "--ids", "1,2", "--max-new-tokens", "10", "--json")).Succeeded().Json;
        Assert.Equal(["completion_ids", "log_probs", "prompt_ids", "text"], json.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal));
        Assert.Equal([1, 2], Ids(json, "prompt_ids"));
        Assert.Equal([3, 4, 5, 6], Ids(json, "completion_ids"));
        Assert.All(Numbers(json), p => Assert.Equal(SuccessorModel.LogProbability, p, Float32));
        Assert.Equal("", json.GetProperty("text").GetString());

        var endless = (await ToolRun.Of("generate", "--model", model, "--ids", "1,2", "--max-new-tokens", "10", "--ignore-eos", "--json")).Succeeded().Json;
        Assert.Equal([3, 4, 5, 6, 7, 0, 1, 2, 3, 4], Ids(endless, "completion_ids"));
        Assert.Equal(10, Numbers(endless).Count);

        // Without a number of tokens there are as many as fit: 32 positions, and 64 at most.
        var full = (await ToolRun.Of("generate", "--model", model, "--ids", "1,2", "--ignore-eos", "--json")).Succeeded().Json;
        Assert.Equal(30, Ids(full, "completion_ids").Count);
    }

    [Fact]
    public async Task Without_a_tokenizer_the_ids_are_shown()
    {
        using var folder = new TestFolder();
        var model = SuccessorModel.Write(folder["model"], end: 6);
        Assert.Equal("3,4,5,6", (await ToolRun.Of("generate", "--model", model, "--ids", "1,2")).Succeeded().Output.Trim());
    }

    [Fact]
    public async Task Ends_are_ignored_also_where_the_folder_pads_with_an_id_that_the_model_has_not()
    {
        using var folder = new TestFolder();
        var model = SuccessorModel.Write(folder["model"], end: 6);
        var config = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(model, "config.json"), TestContext.Current.CancellationToken))!;
        config["pad_token_id"] = 99;
        await File.WriteAllTextAsync(Path.Combine(model, "config.json"), config.ToJsonString(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(model, "tokenizer.json"),
            """{"version": "1.0", "added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "f": 5, "g": 6, "h": 7}, "merges": []}}""",
            TestContext.Current.CancellationToken);
        Assert.Equal([3, 4, 5, 6, 7, 0], Ids((await ToolRun.Of("generate", "--model", model, "--ids", "1,2", "--max-new-tokens", "6", "--ignore-eos", "--json")).Succeeded().Json, "completion_ids"));
    }

    [Fact]
    public async Task What_is_wrong_is_said_in_the_words_of_the_command_line()
    {
        using var folder = new TestFolder();
        var model = SuccessorModel.Write(folder["model"], end: 6);
        async Task<string> Error(params string[] args)
        {
            var run = await ToolRun.Of(["generate", .. args]);
            Assert.NotEqual(0, run.ExitCode);
            return run.Error;
        }

        Assert.Contains("--max-new-tokens is 31; the prompt has 2 tokens and the model has 32 positions: at most 30 fit.", await Error("--model", model, "--ids", "1,2", "--max-new-tokens", "31"), StringComparison.Ordinal);
        Assert.Contains("--max-new-tokens is 1; the prompt has 32 tokens and the model has 32 positions: shorten the prompt.", await Error("--model", model, "--ids", string.Join(',', Enumerable.Repeat(1, 32))), StringComparison.Ordinal);
        Assert.Contains("is a file; give the folder that it lies in", await Error("--model", Path.Combine(model, "config.json"), "--ids", "1"), StringComparison.Ordinal);
        Assert.Contains("--model", await Error(), StringComparison.Ordinal);
        File.Delete(Path.Combine(model, "config.json"));
        Assert.Contains("config.json", await Error("--model", model, "--prompt", "a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sampling_follows_the_seed_and_log_probabilities_are_at_temperature_1()
    {
        using var folder = new TestFolder();
        var model = SuccessorModel.Write(folder["model"], end: 6);
        async Task<JsonElement> Sample(string seed) => (await ToolRun.Of(
            "generate", "--model", model, "--ids", "0", "--max-new-tokens", "30", "--temperature", "5", "--seed", seed, "--ignore-eos", "--json")).Succeeded().Json;
        var (first, again, other) = (await Sample("7"), await Sample("7"), await Sample("8"));
        Assert.Equal(first.GetRawText(), again.GetRawText());
        Assert.NotEqual(Ids(first, "completion_ids"), Ids(other, "completion_ids"));
        var ids = Ids(first, "prompt_ids").Concat(Ids(first, "completion_ids")).ToArray();
        var expected = ids.Zip(ids.Skip(1), (a, b) => b == (a + 1) % SuccessorModel.Vocabulary ? SuccessorModel.LogProbability : SuccessorModel.OtherLogProbability);
        foreach (var (e, p) in expected.Zip(Numbers(first)))
            Assert.Equal(e, p, Float32);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("llama_bf16")]
    [InlineData("llama_sharded")]
    [InlineData("gpt2")]
    [InlineData("gemma")]
    public async Task It_says_what_transformers_says(string name)
    {
        var model = SharedData.Path("oracle", "models", name);
        using var expected = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(model, "expected.json"), TestContext.Current.CancellationToken));
        var prompt = string.Join(',', expected.RootElement.GetProperty("input_ids")[0].EnumerateArray());
        var greedy = expected.RootElement.GetProperty("greedy_row0").EnumerateArray().Select(i => i.GetInt32()).ToList();
        var json = (await ToolRun.Of("generate", "--model", model, "--ids", prompt, "--max-new-tokens", $"{greedy.Count}", "--ignore-eos", "--json")).Succeeded().Json;
        Assert.Equal(greedy, Ids(json, "completion_ids"));

        // The first generated token's log-probability is known from the logits of the prompt's last token.
        var logits = expected.RootElement.GetProperty("logits_last3")[0][2].EnumerateArray().Select(l => l.GetDouble()).ToArray();
        Assert.Equal(logits[greedy[0]] - Math.Log(logits.Sum(Math.Exp)), Numbers(json)[0], Reference);
    }

    [Fact]
    public async Task A_text_is_read_and_written_with_the_folders_tokenizer()
    {
        var model = SharedData.Path("data", "TinyStories-656K");
        var run = (await ToolRun.Of("generate", "--model", model, "--ids", "1", "--max-new-tokens", "12")).Succeeded();
        Assert.StartsWith("Once upon a time, ", run.Output, StringComparison.Ordinal); // as nearly every story that it was trained on

        // The story that the data's own description quotes, from the start token and its first words.
        Assert.StartsWith(
            ", a little girl named Lily lived in a small house with her mom, dad, and her dog, Spot",
            (await ToolRun.Of("generate", "--model", model, "--prompt", "Once upon a time", "--max-new-tokens", "16")).Succeeded().Output,
            StringComparison.Ordinal);

        string[] asked = ["generate", "--model", model, "--max-new-tokens", "12", "--json"];
        var json = (await ToolRun.Of([.. asked, "--prompt", "There was a dog. "])).Succeeded().Json;
        Assert.Equal(1, Ids(json, "prompt_ids")[0]); // the start token
        var again = (await ToolRun.Of([.. asked, "--ids", string.Join(',', Ids(json, "prompt_ids"))])).Succeeded().Json;
        Assert.Equal(json.GetRawText(), again.GetRawText());
    }

    [Fact]
    public async Task A_SentencePiece_model_is_read_too()
    {
        using var folder = new TestFolder();
        var model = SuccessorModel.Write(folder["model"], end: 7);
        var pieces = new SentencePieceWriter().Piece("<unk>", type: SentencePieceWriter.Unknown)
            .Piece("<s>", type: SentencePieceWriter.Control).Piece("</s>", type: SentencePieceWriter.Control);
        foreach (var piece in new[] { "▁", "a", "b", "c", "d" })
            pieces.Piece(piece);
        await File.WriteAllBytesAsync(Path.Combine(model, "tokenizer.model"), pieces.ToArray(), TestContext.Current.CancellationToken);
        var json = (await ToolRun.Of("generate", "--model", model, "--prompt", "ab", "--json")).Succeeded().Json;
        Assert.Equal([1, 3, 4, 5], Ids(json, "prompt_ids"));
        Assert.Equal([6, 7], Ids(json, "completion_ids"));
        Assert.Equal("c", json.GetProperty("text").GetString());
    }

    [Theory]
    [InlineData("generate --model m", "Give either --prompt or --ids.")]
    [InlineData("generate --model m --prompt a --ids 1", "Give either --prompt or --ids.")]
    [InlineData("generate --prompt a", "--model")]
    [InlineData("generate --model m --ids 1,x", "--ids is '1,x'; it must be whole numbers of at least 0 with commas between, such as 1,2,3.")]
    [InlineData("generate --model m --ids -1", "--ids")]
    [InlineData("generate --model m --ids 1 --max-new-tokens 0", "--max-new-tokens is '0'; it must be a whole number of at least 1.")]
    [InlineData("generate --model m --ids 1 --temperature 0,5", "--temperature is '0,5'; it must be a number of at least 0, such as 0.9.")]
    [InlineData("generate --model m --ids 1 --temperature NaN", "--temperature is 'NaN'")]
    [InlineData("generate --model m --ids 1 --seed 1.5", "--seed is '1.5'; it must be a whole number of at least 0.")]
    public async Task Wrong_command_lines_exit_with_2(string line, string why) =>
        Assert.Contains(why, (await ToolRun.Of(line.Split(' '))).Failed(2).Error, StringComparison.Ordinal);

    [Fact]
    public async Task What_does_not_fit_is_an_error()
    {
        using var folder = new TestFolder();
        var model = SuccessorModel.Write(folder["model"], end: 6);
        async Task<string> Error(params string[] arguments) => (await ToolRun.Of(["generate", "--model", model, .. arguments])).Failed(1).Error;
        Assert.Contains("is 9; the model's vocabulary is 0 to 7", await Error("--ids", "1,9"), StringComparison.Ordinal);
        Assert.Contains("and the model has 32", await Error("--ids", "1", "--max-new-tokens", "32"), StringComparison.Ordinal);
        Assert.Contains("has no tokenizer (tokenizer.json or tokenizer.model), so it cannot read a text; give --ids.", await Error("--prompt", "a"), StringComparison.Ordinal);
        Assert.Contains("There is no ", await Error("--ids", "1", "--torch", folder.Path), StringComparison.Ordinal);
        Assert.Contains("does not exist", (await ToolRun.Of("generate", "--model", folder["none"], "--ids", "1")).Failed(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_back_end_the_way_out_is_one_sentence()
    {
        Assert.Contains("dotnet package download libtorch-cpu-", TorchBackend.Absent(), StringComparison.Ordinal);
        Assert.Contains("--torch DIR", TorchBackend.Absent(), StringComparison.Ordinal);
    }

    private static List<int> Ids(JsonElement json, string name) => [.. json.GetProperty(name).EnumerateArray().Select(i => i.GetInt32())];

    private static List<double> Numbers(JsonElement json) => [.. json.GetProperty("log_probs").EnumerateArray().Select(i => i.GetDouble())];
}
