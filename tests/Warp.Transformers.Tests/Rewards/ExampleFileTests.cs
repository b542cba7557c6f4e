using Warp.Transformers;

namespace Warp.Tests;

public sealed class ExampleFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Labels_may_be_written_in_all_usual_ways()
    {
        var labels = Labels("""
            {"text": "a", "label": "pos"}
            {"label": "neg", "text": "b", "id": 7}

            {"text": "c", "label": 1}
            {"text": "d", "label": 0}
            {"text": "e", "label": true}
            {"text": "f", "label": false}
            {"text": "g", "label": "positive"}
            {"text": "h", "label": "negative"}
            """);
        Assert.Equal("abcdefgh", string.Concat(labels.Select(l => l.Text)));
        Assert.Equal([true, false, true, false, true, false, true, false], labels.Select(l => l.IsPositive));
    }

    [Fact]
    public void An_array_and_a_byte_order_mark_are_read_too()
    {
        Assert.Equal([new("é", true), new("b", false)], Labels("\uFEFF[{\"text\":\"é\",\"label\":1},\n\n {\"text\":\"b\",\"label\":0}]\r\n"));
        Assert.Equal([new("a", true)], Labels("{\"text\":\"a\",\"label\":1}\r\n"));
        Assert.Empty(Labels(""));
        Assert.Empty(Labels("[]"));
    }

    [Theory]
    [InlineData("{\"text\":\"a\",\"label\":1}\n{\"text\":\"a\",\"label\":\"meh\"}", 2, "label", "it is \"meh\"; it may be \"pos\" or \"neg\", \"positive\" or \"negative\", 1 or 0, true or false")]
    [InlineData("{\"text\":\"a\",\"label\":2}", 1, "label", "it is 2; it may be")]
    [InlineData("{\"text\":\"a\",\"label\":[1]}", 1, "label", "it is [1]; it may be")]
    [InlineData("{\"text\":\"a\"}", 1, "label", "it is missing; the example has 'text'")]
    [InlineData("\n\n{\"label\":1}", 3, "text", "it is missing; the example has 'label'")]
    [InlineData("{\"text\":5,\"label\":1}", 1, "text", "it is 5; it must be a text")]
    [InlineData("{\"text\":\"\\ud800\",\"label\":1}", 1, "text", "it has half of a surrogate pair")]
    [InlineData("{\"text\":\"a\",\"label\":1}\nnonsense", 2, null, "this is not JSON")]
    [InlineData("\"text\"", 1, null, "an example is \"text\"; it must be an object")]
    [InlineData("[{\"text\":\"a\",\"label\":1},\n{\"text\":\"b\"}]", 2, "label", "it is missing")]
    [InlineData("[{\"text\":\"a\",\"label\":1},\n\n7]", 3, null, "an example is 7; it must be an object")]
    [InlineData("[{\"text\":\"a\",\"label\":1},\n{\"text\"", 2, null, "this is not JSON")]
    [InlineData("[] []", 1, null, "this is not JSON")]
    public void What_is_malformed_is_refused_by_line_and_key(string content, long line, string? key, string problem)
    {
        var exception = Assert.Throws<ExampleFormatException>(() => Labels(content));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
        Assert.StartsWith($"{_path}, line {line}", exception.Message, StringComparison.Ordinal);
        Assert.Equal((_path, line, key), (exception.Path, exception.Line, exception.Key));
    }

    [Fact]
    public void A_missing_file_is_an_io_error() =>
        Assert.ThrowsAny<IOException>(() => LabelledText.Load(_path + ".absent"));

    [Fact]
    public void Preferences_may_be_strings()
    {
        Assert.Equal([new("p", "c", "r")], Pairs("""{"prompt":"p","chosen":"c","rejected":"r"}"""));
        Assert.Equal([new("", "c", "r")], Pairs("""{"chosen":"c","rejected":"r"}"""));
    }

    [Theory]
    [InlineData("""{"prompt":[{"role":"user","content":"p"}],"chosen":[{"role":"assistant","content":"c"}],"rejected":[{"role":"assistant","content":"r"}]}""")]
    [InlineData("""{"prompt":"p","chosen":[{"role":"assistant","content":"c"}],"rejected":[{"role":"assistant","content":"r"}]}""")]
    [InlineData("""{"chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"c"}],"rejected":[{"role":"user","content":"p"},{"role":"assistant","content":"r"}]}""")]
    [InlineData("""{"prompt":"p","chosen":[{"role":"user","content":"p"},{"role":"assistant","content":"c"}],"rejected":[{"role":"user","content":"p"},{"role":"assistant","content":"r"}]}""")]
    [InlineData("""{"conversations":[{"from":"human","value":"p"}],"chosen":{"from":"gpt","value":"c"},"rejected":{"from":"gpt","value":"r"}}""")]
    public void Preferences_may_be_conversations(string json)
    {
        Assert.Equal([new("user: p\n\nassistant: ", "c", "r")], Pairs(json));
        Assert.Equal([new("<user>p<assistant>", "c", "r")], Pairs(json, Template));

        static string Template(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt) =>
            string.Concat(messages.Select(m => $"<{m.Role}>{m.Content}")) + (addGenerationPrompt ? "<assistant>" : "");
    }

    [Theory]
    [InlineData("""{"prompt":"p","chosen":"c"}""", "rejected", "it is missing")]
    [InlineData("""{"prompt":7,"chosen":"c","rejected":"r"}""", "prompt", "it is 7; it must be a text")]
    [InlineData("""{"chosen":[{"role":"user","content":"p"}],"rejected":[{"role":"user","content":"p"}]}""", "rejected", "go on from one another or are equal")]
    [InlineData("""{"prompt":"p","chosen":[],"rejected":[{"role":"assistant","content":"r"}]}""", "chosen", "it has no messages")]
    [InlineData("""{"prompt":"p","chosen":[{"role":"user","content":"c"}],"rejected":[{"role":"assistant","content":"r"}]}""", "chosen", "does not begin with the text of its prompt")]
    [InlineData("""{"conversations":[{"from":"tool","value":"p"}],"chosen":{"from":"gpt","value":"c"},"rejected":{"from":"gpt","value":"r"}}""", "conversations", "the role of a message is 'tool'")]
    [InlineData("""{"conversations":[{"value":"p"}],"chosen":{"from":"gpt","value":"c"},"rejected":{"from":"gpt","value":"r"}}""", "conversations", "a message is {\"value\":\"p\"}; it must be")]
    [InlineData("""{"conversations":"p","chosen":{"from":"gpt","value":"c"},"rejected":{"from":"gpt","value":"r"}}""", "conversations", "it must be a list of messages")]
    public void Preferences_that_are_malformed_are_refused(string json, string key, string problem)
    {
        var exception = Assert.Throws<ExampleFormatException>(() => Pairs("\n" + json));
        Assert.Equal((2L, key), (exception.Line, exception.Key));
        Assert.Contains(problem, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_conversation_that_the_template_refuses_is_named_by_its_line()
    {
        var exception = Assert.Throws<ExampleFormatException>(() => Pairs(
            "\n" + """{"conversations":[{"from":"system","value":"s"}],"chosen":{"from":"gpt","value":"c"},"rejected":{"from":"gpt","value":"r"}}""",
            (messages, _) => messages[0].Role == "system" ? throw new ArgumentException("No system role.") : ""));
        Assert.Equal($"{_path}, line 2, 'conversations': its conversation cannot be written: No system role.", exception.Message);
        Assert.IsType<ArgumentException>(exception.InnerException);
        Assert.Equal("chosen", Assert.Throws<ExampleFormatException>(() => Pairs(
            """{"prompt":"p","chosen":[{"role":"user","content":"c"}],"rejected":[{"role":"assistant","content":"r"}]}""",
            (messages, _) => messages.Count > 1 ? throw new ArgumentException("Roles must alternate") : "")).Key);
    }

    [Theory]
    [InlineData("\n{\"text\":\"caf\u00E9\",\"label\":1}", 2)]
    [InlineData("[{\"text\":\"a\",\"label\":1},\n{\"text\":\"caf\u00E9\",\"label\":1}]", 2)]
    public void Files_in_other_encodings_are_refused_by_line(string content, long line)
    {
        File.WriteAllText(_path, content, System.Text.Encoding.Latin1);
        var exception = Assert.Throws<ExampleFormatException>(() => LabelledText.Load(_path));
        Assert.Equal($"{_path}, line {line}: this is not UTF-8; save the file in that encoding.", exception.Message);
    }

    [Fact]
    public void Real_files_are_read()
    {
        var labels = LabelledText.Load(SharedData.Path("data", "text", "imdb_test.jsonl"));
        Assert.Equal(1000, labels.Count); // wc -l
        var pairs = PreferencePair.Load(SharedData.Path("data", "text", "preferences_dpo_en_demo.json"));
        Assert.Equal(299, pairs.Count); // json.load in Python
        Assert.All(pairs, p => Assert.EndsWith("assistant: ", p.Prompt, StringComparison.Ordinal));
        Assert.All(pairs, p => Assert.NotEqual(p.Chosen, p.Rejected));
    }

    private IReadOnlyList<LabelledText> Labels(string content)
    {
        File.WriteAllText(_path, content);
        return LabelledText.Load(_path);
    }

    private IReadOnlyList<PreferencePair> Pairs(string content, Func<IReadOnlyList<ChatMessage>, bool, string>? conversation = null)
    {
        File.WriteAllText(_path, content);
        return PreferencePair.Load(_path, conversation);
    }
}
