namespace Warp.Tests;

public class SpecialTokenTests
{
    private const string Template =
        """{"type":"Sequence","processors":[{"type":"ByteLevel"},{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]}}}]}""";

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(Template, null, 1)]
    [InlineData(Template, """{"tokenizer_class":"LlamaTokenizer","add_bos_token":false,"bos_token":"<s>"}""", null)]
    [InlineData(null, """{"tokenizer_class":"LlamaTokenizerFast","bos_token":"<s>"}""", 1)]
    [InlineData(null, """{"tokenizer_class":"GPT2Tokenizer","add_bos_token":true,"bos_token":"<s>"}""", null)]
    [InlineData(Template, """{"tokenizer_class":"PreTrainedTokenizerFast","add_bos_token":false}""", 1)]
    public void There_is_a_start_token_only_if_the_tokenizer_puts_one(string? postProcessor, string? config, int? start)
    {
        using var files = new TokenizerFiles().WithBpe(["a", "<s>"], [], postProcessor: postProcessor);
        if (config is not null)
            files.With("tokenizer_config.json", config);
        Assert.Equal(start, files.Load().StartTokenId);
    }

    [Theory]
    [InlineData("""{"eos_token_id":[3,1,3]}""", """{"eos_token_id":2}""", """{"eos_token":"b"}""", "3 1")]
    [InlineData("""{"eos_token_id":null}""", """{"eos_token_id":2}""", """{"eos_token":"b"}""", "2")]
    [InlineData("{}", "{}", """{"eos_token":"b"}""", "1")]
    [InlineData("{}", "{}", "{}", "")]
    public void End_tokens_are_those_of_the_first_file_that_names_some(string generation, string model, string config, string ends)
    {
        using var files = new TokenizerFiles().WithBpe(["a", "b"], [])
            .With("generation_config.json", generation).With("config.json", model).With("tokenizer_config.json", config);
        var tokenizer = files.Load();
        Assert.Equal(ends, string.Join(' ', tokenizer.EndTokenIds));
        Assert.Equal(ends.Length == 0 ? 0 : tokenizer.EndTokenIds[0], tokenizer.PadTokenId); // there is no padding token
    }

    [Fact]
    public void The_special_tokens_map_is_asked_where_the_configuration_is_silent()
    {
        using var files = new TokenizerFiles().WithBpe(["a", "b", "c"], [])
            .With("special_tokens_map.json", """{"eos_token":{"content":"b"},"pad_token":"c"}""");
        var tokenizer = files.Load();
        Assert.Equal([1], tokenizer.EndTokenIds);
        Assert.Equal(2, tokenizer.PadTokenId);
    }
}
