using Warp.Transformers;

namespace Warp.Tests;

/// <summary>Random vocabularies, against merging as it is defined.</summary>
public class BpeModelTests
{
    private const int Vocabularies = 60;
    private const int Texts = 40;

    private static readonly string[] Alphabet = ["a", "b", "c", " ", "▁", "é", "中", "𝒜", "😀", "\n", "\""];

    public static TheoryData<bool, bool> Settings { get; } = new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Settings))]
    public void Ids_are_those_of_naive_merging(bool mergesAsText, bool ignoreMerges)
    {
        var random = new RandomStream(7);
        for (var v = 0; v < Vocabularies; v++)
        {
            var (vocabulary, merges) = RandomModel(random, spaces: !mergesAsText);
            using var files = new TokenizerFiles().WithBpe(
                vocabulary, merges, model: $$"""{"ignore_merges":{{(ignoreMerges ? "true" : "false")}}}""", mergesAsText: mergesAsText);
            var (tokenizer, naive) = (files.Load(), new NaiveBpe(vocabulary, merges));
            for (var t = 0; t < Texts; t++)
            {
                var text = RandomText(random, Alphabet);
                var known = string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()).Where(naive.Knows)); // the rest is lost
                var expected = ignoreMerges && naive.Knows(text) ? [naive.Id(text)] : naive.Encode(known);
                var ids = tokenizer.Encode(text);
                Assert.Equal(expected, ids);
                Assert.Equal(known, tokenizer.Decode(ids));
            }
        }
    }

    [Theory]
    [InlineData("xaxx", "?a?")]
    [InlineData("xx", "?")]
    [InlineData("abxab", "ab?ab")]
    public void Unknown_characters_side_by_side_fuse_if_the_file_says_so(string text, string fused)
    {
        using var files = new TokenizerFiles().WithBpe(["?", "a", "b", "ab"], [("a", "b")], model: """{"unk_token":"?","fuse_unk":true}""");
        Assert.Equal(fused, files.Load().Decode(files.Load().Encode(text)));
    }

    [Fact]
    public void Unknown_characters_are_one_token_each_otherwise()
    {
        using var files = new TokenizerFiles().WithBpe(["?", "a"], [], model: """{"unk_token":"?"}""");
        Assert.Equal([0, 0, 1, 0], files.Load().Encode("x😀ay"));
    }

    [Fact]
    public void Without_an_unknown_token_unknown_characters_are_lost_and_their_neighbours_merge()
    {
        using var files = new TokenizerFiles().WithBpe(["a", "b", "ab"], [("a", "b")]);
        Assert.Equal([2], files.Load().Encode("axb"));
    }

    [Fact]
    public void Unknown_characters_become_bytes_if_the_file_says_so()
    {
        string[] vocabulary = ["?", "a", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];
        using var files = new TokenizerFiles().WithBpe(
            vocabulary, [], model: """{"unk_token":"?","byte_fallback":true}""", decoder: """{"type":"Sequence","decoders":[{"type":"ByteFallback"},{"type":"Fuse"}]}""");
        var tokenizer = files.Load();
        Assert.Equal([1, 2 + 0xF0, 2 + 0x9F, 2 + 0x98, 2 + 0x80, 1], tokenizer.Encode("a😀a"));
        Assert.Equal("a😀a", tokenizer.Decode(tokenizer.Encode("a😀a")));
        Assert.Equal("a\uFFFD\uFFFDa", tokenizer.Decode([1, 2 + 0xF0, 2 + 0x9F, 1])); // half a character: one U+FFFD a byte
    }

    [Fact]
    public void A_character_whose_bytes_are_not_all_there_is_unknown()
    {
        using var files = new TokenizerFiles().WithBpe(["?", "a", "<0xC3>"], [], model: """{"unk_token":"?","byte_fallback":true}""");
        Assert.Equal([1, 0, 1], files.Load().Encode("aéa"));
    }

    [Fact]
    public void Of_equal_merges_the_last_counts()
    {
        using var files = new TokenizerFiles().WithBpe(["a", "b", "c", "ab", "bc"], [("a", "b"), ("b", "c"), ("a", "b")]);
        Assert.Equal([0, 4], files.Load().Encode("abc"));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_counts_as_the_replacement_character()
    {
        using var files = new TokenizerFiles().WithBpe(["a", "\uFFFD"], []);
        Assert.Equal([0, 1, 0], files.Load().Encode("a\uD83Da"));
    }

    [Fact]
    public void A_piece_too_long_to_be_merged_in_a_useful_time_is_refused()
    {
        using var files = new TokenizerFiles().WithBpe(["a", "aa"], [("a", "a")]);
        var tokenizer = files.Load();
        Assert.Equal(50, tokenizer.Encode(new string('a', 100)).Count);
        var refusal = Assert.Throws<TokenizerException>(() => tokenizer.Encode(new string('a', 131_073)));
        Assert.Contains("the text has 131073 characters on end", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_threads_get_the_same_ids()
    {
        var random = new RandomStream(3);
        var (vocabulary, merges) = RandomModel(random, spaces: true);
        using var files = new TokenizerFiles().WithBpe(vocabulary, merges);
        var (tokenizer, naive) = (files.Load(), new NaiveBpe(vocabulary, merges));
        string[] texts = [.. Enumerable.Range(0, 200).Select(_ => RandomText(random, [.. Alphabet.Where(naive.Knows)]))];
        var ids = texts.AsParallel().AsOrdered().Select(tokenizer.Encode).ToArray();
        Assert.Equal(texts.Select(naive.Encode), ids);
    }

    private static (List<string> Vocabulary, List<(string Left, string Right)> Merges) RandomModel(RandomStream random, bool spaces)
    {
        var vocabulary = Alphabet.Where(character => (spaces || character != " ") && random.NextDouble() < 0.8).ToList();
        if (vocabulary.Count == 0)
            vocabulary.Add("a");
        var merges = new List<(string Left, string Right)>();
        for (var i = 0; i < 40; i++)
        {
            var (left, right) = (vocabulary[random.NextInt32(vocabulary.Count)], vocabulary[random.NextInt32(vocabulary.Count)]);
            if (merges.Contains((left, right)) || (left + right).Length > 8)
                continue;
            merges.Add((left, right));
            if (!vocabulary.Contains(left + right))
                vocabulary.Add(left + right);
        }

        return (vocabulary, merges);
    }

    // Short ones, and ones that are long enough to be cut.
    private static string RandomText(RandomStream random, string[] characters) =>
        string.Concat(Enumerable.Range(0, 1 + random.NextInt32(random.NextDouble() < 0.2 ? 300 : 12)).Select(_ => characters[random.NextInt32(characters.Length)]));
}
