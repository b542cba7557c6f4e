namespace Warp.Tests;

public class AddedTokenTests
{
    // Ids of the added token; the characters a, b and space are 0, 1 and 2.
    [Theory]
    [InlineData("", "a<t> b", "0 3 2 1")]
    [InlineData("", "a<tt", "0")] // < is lost, and so are the t
    [InlineData(""","lstrip":true""", "a  <t> b", "0 3 2 1")]
    [InlineData(""","rstrip":true""", "a <t>  b", "0 2 3 1")]
    [InlineData(""","single_word":true""", "a<t> <t> b", "0 2 3 2 1")]
    [InlineData(""","lstrip":true,"rstrip":true""", "<t> <t>", "3 3")]
    public void Added_tokens_are_found_by_their_flags(string flags, string text, string ids)
    {
        using var files = new TokenizerFiles().WithBpe(["a", "b", " "], [], added: $$"""[{"id":3,"content":"<t>","normalized":false{{flags}}}]""");
        Assert.Equal(ids, string.Join(' ', files.Load().Encode(text)));
    }

    [Fact]
    public void The_leftmost_longest_counts()
    {
        using var files = new TokenizerFiles().WithBpe(["a"], [], added:
            """[{"id":1,"content":"<x","normalized":false},{"id":2,"content":"<x>y","normalized":false},{"id":3,"content":"x>","normalized":false}]""");
        Assert.Equal([1, 2, 3], files.Load().Encode("<x><x>yx>"));
    }

    [Fact]
    public void Normalised_tokens_are_found_in_normalised_text()
    {
        using var files = new TokenizerFiles().WithBpe(
            ["a", "▁"], [], normalizer: """{"type":"Sequence","normalizers":[{"type":"Lowercase"},{"type":"Prepend","prepend":"▁"}]}""",
            added: """[{"id":2,"content":"TAG","normalized":true},{"id":3,"content":"RAW","normalized":false}]""");
        // Its own normal form begins with ▁, as the text does.
        Assert.Equal([2, 0], files.Load().Encode("Taga"));
        Assert.Equal([1, 0, 0], files.Load().Encode("atag"));
        Assert.Equal([3, 1, 0], files.Load().Encode("RAWa"));
    }

    [Fact]
    public void Tokens_of_tokenizer_config_are_added_as_transformers_does()
    {
        using var files = new TokenizerFiles()
            .WithBpe(["a", "</s>", " "], [], added: """[{"id":3,"content":"<t>","normalized":false,"lstrip":false}]""")
            .With("tokenizer_config.json", """
                {"added_tokens_decoder":{"3":{"content":"<t>","normalized":false,"lstrip":true},"4":{"content":"<u>","special":true,"normalized":false}},
                 "eos_token":"</s>","pad_token":{"content":"<pad>"},"additional_special_tokens":["<v>"]}
                """);
        var tokenizer = files.Load();
        Assert.Equal([0, 3, 4, 1, 5, 6], tokenizer.Encode("a <t><u></s><pad><v>"));
        Assert.Equal("a<t>", tokenizer.Decode([0, 3, 4, 1, 5, 6]));
        Assert.Equal([1], tokenizer.EndTokenIds);
        Assert.Equal(5, tokenizer.PadTokenId);
    }
}
