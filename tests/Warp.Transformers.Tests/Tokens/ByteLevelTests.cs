using Warp.Transformers;

namespace Warp.Tests;

/// <summary>Byte-level vocabularies, learnt here by a naive trainer, against naive merging of words that were split by hand.</summary>
public class ByteLevelTests
{
    private const string ByteLevelOnly = """{"type":"ByteLevel","add_prefix_space":false,"use_regex":true}""";

    private const string Llama3 = """
        {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
        },"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]}
        """;

    private static readonly string[] Gpt2Words =
        ["It", "'s", " a", " 12", " été", ",", " isn", "'t", " it", "?!", " ", " 𝒜b", " 😀", "\n\n\n  ", " don", "'", "T"];

    private static readonly string[] Llama3Words =
        ["It", "'S", " a", " ", "123", "45", " été", ",", " isn", "'t", " it", "?!\n\n", " ", " 𝒜b", " 😀\n", " \n", " ", " x", "-y", "\t\t", "\tz", "'ſ", "  "];

    public static TheoryData<string, string[]> Splits { get; } = new()
    {
        { ByteLevelOnly, Gpt2Words },
        { Llama3, Llama3Words },
    };

    [Theory]
    [MemberData(nameof(Splits))]
    public void Ids_are_those_of_naive_merging_of_the_words(string preTokenizer, string[] words)
    {
        var (vocabulary, merges) = NaiveBpe.Train(ByteAlphabet.All, words.Concat(words).Select(ByteAlphabet.Of), count: 40);
        using var files = new TokenizerFiles().WithBpe(vocabulary, merges, preTokenizer: preTokenizer, decoder: ByteLevelOnly);
        var (tokenizer, naive, text) = (files.Load(), new NaiveBpe(vocabulary, merges), string.Concat(words));
        var ids = tokenizer.Encode(text);
        Assert.Equal(words.SelectMany(word => naive.Encode(ByteAlphabet.Of(word))), ids);
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Theory]
    [MemberData(nameof(Splits))]
    public void Words_are_split_as_by_hand(string preTokenizer, string[] words)
    {
        var split = PreTokenizers.Read(TokenizerFiles.Setting(preTokenizer));
        Assert.Equal(words.Select(ByteAlphabet.Of), split(new Piece(string.Concat(words), AtStart: true)).Select(piece => piece.Text));
    }

    [Fact]
    public void Real_text_goes_through_bytes_and_back()
    {
        var text = File.ReadAllText(SharedData.Path("data", "text", "preferences_dpo_en_demo.json"))[..20_000] + "𠀀 é😀\uFFFF";
        var split = PreTokenizers.Read(TokenizerFiles.Setting(Llama3));
        string[] words = [.. split(new Piece(text, AtStart: true)).Select(piece => piece.Text)];
        Assert.Equal(ByteAlphabet.Of(text), string.Concat(words));
        var (vocabulary, merges) = NaiveBpe.Train(ByteAlphabet.All, words, count: 60);
        using var files = new TokenizerFiles().WithBpe(vocabulary, merges, preTokenizer: Llama3, decoder: ByteLevelOnly);
        var (tokenizer, naive) = (files.Load(), new NaiveBpe(vocabulary, merges));
        var ids = tokenizer.Encode(text);
        Assert.Equal(words.SelectMany(naive.Encode), ids);
        Assert.Equal(text, tokenizer.Decode(ids));
    }

    [Fact]
    public void Half_a_character_decodes_to_the_replacement_character()
    {
        using var files = new TokenizerFiles().WithBpe(ByteAlphabet.All, [], preTokenizer: ByteLevelOnly, decoder: ByteLevelOnly);
        var tokenizer = files.Load();
        Assert.Equal("a\uFFFDb", tokenizer.Decode([0x61, 0xF0, 0x9F, 0x98, 0x62])); // the longest beginning of a character is one, as in Rust and WHATWG
        Assert.Equal("\uFFFD\uFFFD", tokenizer.Decode([0xFF, 0xE2, 0x82]));
        Assert.Equal("€", tokenizer.Decode([0xE2, 0x82, 0xAC]));
    }

    [Theory]
    [InlineData("a", "Ġa")]
    [InlineData(" a", "Ġa")]
    public void A_space_goes_before_the_text_if_the_file_says_so(string text, string expected)
    {
        var split = PreTokenizers.Read(TokenizerFiles.Setting("""{"type":"ByteLevel","add_prefix_space":true,"use_regex":true}"""));
        Assert.Equal([expected], split(new Piece(text, AtStart: true)).Select(piece => piece.Text));
    }

    [Fact]
    public void The_prefix_space_of_tokenizer_config_goes_before_that_of_tokenizer_json()
    {
        using var files = new TokenizerFiles()
            .WithBpe(ByteAlphabet.All, [], preTokenizer: """{"type":"ByteLevel","add_prefix_space":false}""", decoder: ByteLevelOnly)
            .With("tokenizer_config.json", """{"add_prefix_space":true}""");
        Assert.Equal([0x20, 0x61], files.Load().Encode("a"));
    }
}
