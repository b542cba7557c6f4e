using Warp.Transformers;

namespace Warp.Tests;

public class TokenDecoderTests
{
    private const string Llama =
        """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}""";

    [Theory]
    [InlineData(Llama, "▁Hey|▁you|<0xE2>|<0x82>|<0xAC>|!", "Hey you€!")]
    [InlineData(Llama, "▁▁a|▁", " a ")]
    [InlineData(Llama, "a|<0xE2>|<0x82>|b", "a\uFFFD\uFFFDb")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", "▁Hey|▁you", "Hey you")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"never"}""", "▁Hey|▁you", " Hey you")]
    [InlineData("""{"type":"Strip","content":" ","start":2,"stop":1}""", "   a  |b ", " a b")]
    [InlineData("""{"type":"ByteLevel"}""", "Ġa|Ã|©|<|x|>", " aé<x>")]
    public void Tokens_become_text(string setting, string tokens, string text) =>
        Assert.Equal(text, string.Concat(Decoders.Read(TokenizerFiles.Setting(setting))(tokens.Split('|'))));

    [Fact]
    public void Without_a_decoder_tokens_are_put_together_with_spaces()
    {
        using var files = new TokenizerFiles().WithBpe(["a", "b"], [], decoder: null);
        Assert.Equal("a b", files.Load().Decode([0, 1]));
    }

    [Fact]
    public void Special_tokens_and_ids_that_only_the_model_has_have_no_text()
    {
        using var files = new TokenizerFiles()
            .WithBpe(["a", "<s>"], [], added: """[{"id":1,"content":"<s>","special":true},{"id":2,"content":"<tag>","special":false}]""")
            .With("config.json", """{"vocab_size":8}""");
        var tokenizer = files.Load();
        Assert.Equal(3, tokenizer.VocabularySize);
        Assert.Equal("a<tag>a", tokenizer.Decode([1, 0, 2, 7, 0]));
        Assert.Contains("outside the vocabulary of 8", Assert.Throws<ArgumentException>(() => tokenizer.Decode([8])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => tokenizer.Decode([-1]));
    }
}
