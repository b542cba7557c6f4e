using Warp.Transformers;

namespace Warp.Tests;

/// <summary>What is not supported is refused by name, and what is malformed by its place.</summary>
public class TokenizerRefusalTests
{
    private const int Mutations = 500;

    [Theory]
    [InlineData("""{"type":"WordPiece"}""", "model.type: the model \"WordPiece\" is not supported; BPE is.")]
    [InlineData("""{"type":"Unigram"}""", "model.type: the model \"Unigram\" is not supported; BPE is.")]
    [InlineData("""{"dropout":0.1}""", "model.dropout: it is 0.1: the ids of a text would be random. Only null and 0 are supported.")]
    [InlineData("""{"continuing_subword_prefix":"##"}""", "model.continuing_subword_prefix: it is \"##\", which is not supported; null is.")]
    [InlineData("""{"end_of_word_suffix":"</w>"}""", "model.end_of_word_suffix: it is \"</w>\", which is not supported; null is.")]
    [InlineData("""{"unk_token":"?"}""", "model.unk_token: the vocabulary lacks \"?\".")]
    [InlineData("""{"vocab":{}}""", "model.vocab: it is empty.")]
    [InlineData("""{"vocab":{"a":0,"b":0}}""", "model.vocab: the tokens \"a\" and \"b\" have one id, 0.")]
    [InlineData("""{"vocab":{"a":-1}}""", "model.vocab: it is -1; an id, a whole number from 0, is expected.")]
    [InlineData("""{"vocab":{"a":0,"\uFFFE":1}}""", "model.vocab: the token with id 1 has the character U+FFFE, which is not supported.")]
    [InlineData("""{"vocab":[]}""", "model.vocab: it is [] where an object is expected.")]
    [InlineData("""{"merges":["a b"]}""", "model.merges[0]: it is \"a b\", but the vocabulary lacks \"ab\".")]
    [InlineData("""{"merges":["a"]}""", "model.merges[0]: it is \"a\"; two tokens are expected, \"a b\" or [\"a\", \"b\"].")]
    [InlineData("""{"merges":[["a","b","c"]]}""", "model.merges[0]: it is [\"a\",\"b\",\"c\"]; two tokens are expected, \"a b\" or [\"a\", \"b\"].")]
    [InlineData("""{"merges":[7]}""", "model.merges[0]: it is 7 where text is expected.")]
    [InlineData("""{"vocab":{"?":0,"a":1,"?a":2},"merges":["? a"],"unk_token":"?"}""", "model: the merge of \"?\" and \"a\" is one of the unknown token, which is not supported.")]
    [InlineData("""{"vocab":{"<0x41>":0,"a":1,"a<0x41>":2},"merges":["a <0x41>"],"byte_fallback":true}""", "model: the merge of \"a\" and \"<0x41>\" is one of byte tokens, which is not supported.")]
    public void Models(string model, string message)
    {
        using var files = new TokenizerFiles().WithBpe(["a", "b"], [], model: model);
        Assert.Equal($"Tokenizer file 'tokenizer.json', {message}", files.Refusal());
    }

    [Theory]
    [InlineData("normalizer", """{"type":"Precompiled","precompiled_charsmap":""}""", "normalizer.type: the normalizer \"Precompiled\" is not supported; Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD and Lowercase are supported.")]
    [InlineData("normalizer", """{"type":"Sequence","normalizers":[{"type":"Strip"}]}""", "normalizer.normalizers[0].type: the normalizer \"Strip\" is not supported; Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD and Lowercase are supported.")]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":""},"content":"a"}""", "normalizer.pattern.String: it is empty.")]
    [InlineData("pre_tokenizer", """{"type":"BertPreTokenizer"}""", "pre_tokenizer.type: the pre-tokenizer \"BertPreTokenizer\" is not supported; Sequence, ByteLevel, Split, Metaspace, Digits and Whitespace are supported.")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{"String":"a"},"behavior":"Thrown","invert":false}""", "pre_tokenizer.behavior: the behaviour is \"Thrown\"; Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous are supported.")]
    [InlineData("pre_tokenizer", """{"type":"Split","pattern":{},"behavior":"Removed","invert":false}""", "pre_tokenizer.pattern: it has no \"Regex\".")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""", "pre_tokenizer.replacement: it is \"__\"; one character is expected.")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}""", "pre_tokenizer.prepend_scheme: it is \"last\"; always, first and never are supported.")]
    [InlineData("pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"first","add_prefix_space":false}""", "pre_tokenizer: add_prefix_space is false while prepend_scheme is not \"never\".")]
    [InlineData("decoder", """{"type":"WordPiece"}""", "decoder.type: the decoder \"WordPiece\" is not supported; Sequence, ByteLevel, Metaspace, Replace, ByteFallback, Fuse and Strip are supported.")]
    [InlineData("decoder", """{"type":"Strip","content":"ab","start":1,"stop":0}""", "decoder.content: it is \"ab\"; one character is expected.")]
    [InlineData("post_processor", """{"type":"BertProcessing"}""", "post_processor.type: the post-processor \"BertProcessing\" is not supported; TemplateProcessing, ByteLevel and Sequence are.")]
    [InlineData("post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"s"}},{"Sequence":{"id":"A"}}],"special_tokens":{"s":{"ids":[0,1]}}}""", "post_processor.type: it puts 2 tokens before a text; one is supported.")]
    [InlineData("added", """[{"id":7,"content":"<t>"}]""", "added_tokens[0]: the token \"<t>\" has the id 7; ids of tokens that the vocabulary lacks follow each other, and the next one is 2.")]
    [InlineData("added", """[{"id":1,"content":"a"}]""", "added_tokens[0]: the token \"a\" has the id 1 here and 0 elsewhere.")]
    public void Other_parts(string part, string setting, string message)
    {
        string? If(string name) => part == name ? setting : null;
        using var files = new TokenizerFiles().WithBpe(
            ["a", "b"], [], If("normalizer"), If("pre_tokenizer"), If("decoder"), If("post_processor"), If("added"));
        Assert.Equal($"Tokenizer file 'tokenizer.json', {message}", files.Refusal());
    }

    [Fact]
    public void A_normalizer_that_leaves_nothing_of_an_added_token()
    {
        using var files = new TokenizerFiles().WithBpe(
            ["a", "b"], [], normalizer: """{"type":"Replace","pattern":{"String":"b"},"content":""}""", added: """[{"id":1,"content":"b","normalized":true}]""");
        Assert.Contains("normalizer: it leaves nothing of the added token \"b\"", files.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Metaspace_first_after_a_normalizer_that_moves_the_beginning()
    {
        using var files = new TokenizerFiles().WithBpe(
            ["a"], [], normalizer: """{"type":"Prepend","prepend":"▁"}""", preTokenizer: """{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}""");
        Assert.Contains("pre_tokenizer: Metaspace with the prepend_scheme \"first\"", files.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it is not JSON: ")]
    [InlineData("{", "it is not JSON: ")]
    [InlineData("[]", "it is not a JSON object.")]
    [InlineData("{}", "it has no \"model\".")]
    [InlineData("""{"model":1}""", "model: it is 1 where an object is expected.")]
    [InlineData("""{"model":{"vocab":{"\uD800":0}}}""", "model.vocab: it has a key with half of a surrogate pair.")]
    public void Files_that_are_none(string content, string message)
    {
        using var files = new TokenizerFiles().With("tokenizer.json", content);
        Assert.Contains(message, files.Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tokenizer_config.json", """{"eos_token":5}""", "'tokenizer_config.json', eos_token: ")]
    [InlineData("tokenizer_config.json", """{"added_tokens_decoder":{"x":{"content":"a"}}}""", "the key \"x\" is no id.")]
    [InlineData("generation_config.json", """{"eos_token_id":"2"}""", "'generation_config.json', eos_token_id: it is \"2\"; an id, a whole number from 0, is expected.")]
    [InlineData("config.json", "nonsense", "'config.json': it is not JSON: ")]
    public void Companions(string file, string content, string message)
    {
        using var files = new TokenizerFiles().WithBpe(["a"], []).With(file, content);
        Assert.Contains(message, files.Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_without_a_tokenizer()
    {
        using var files = new TokenizerFiles();
        Assert.False(PretrainedTokenizer.Exists(files.Path));
        Assert.Contains("has neither tokenizer.json nor tokenizer.model", Assert.Throws<FileNotFoundException>(files.Load).Message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => PretrainedTokenizer.Load(Path.Combine(files.Path, "nowhere")));
        files.WithBpe(["a"], []);
        Assert.True(PretrainedTokenizer.Exists(files.Path));
    }

    [Fact]
    public void A_damaged_file_never_does_worse_than_an_error()
    {
        using var files = new TokenizerFiles().WithBpe(
            ["a", "b", "ab", " ", "<s>"],
            [("a", "b")],
            """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""",
            """{"type":"Split","pattern":{"Regex":"\\p{L}+|[^a-z]"},"behavior":"Isolated","invert":false}""",
            added: """[{"id":4,"content":"<s>","special":true,"normalized":false}]""");
        var (content, random) = (File.ReadAllBytes(Path.Combine(files.Path, "tokenizer.json")), new RandomStream(11));
        for (var i = 0; i < Mutations; i++)
        {
            var damaged = content.ToArray();
            for (var changes = 1 + random.NextInt32(3); changes > 0; changes--)
                damaged[random.NextInt32(damaged.Length)] = random.NextDouble() < 0.5 ? (byte)random.NextInt32(256) : content[random.NextInt32(content.Length)];
            files.With("tokenizer.json", damaged);
            try
            {
                var tokenizer = files.Load();
                tokenizer.Decode(tokenizer.Encode("ab <s> ba é"));
            }
            catch (TokenizerException)
            {
                // refused, as it should be
            }
        }
    }
}
