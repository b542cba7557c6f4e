using System.Text;
using Warp.Transformers;

namespace Warp.Tests;

/// <summary>Models written here byte for byte, against merging by scores as SentencePiece defines it.</summary>
public class SentencePieceTests
{
    private const int FirstByte = 3;
    private const int Mutations = 500;

    private static readonly string[] Pieces = ["▁", "a", "b", "c", "o", "n", "é", "ab", "▁a", "▁b", "on", "▁on", "abc", "▁abc", "ca", "▁▁", "oo"];

    [Theory]
    [InlineData("abc on", true)]
    [InlineData(" abcab  ooo cab", true)]
    [InlineData("é a", false)]
    [InlineData("x😀a", true)]
    [InlineData("cacaca on on", false)]
    public void Ids_are_those_of_merging_by_score(string text, bool prefix)
    {
        using var files = Files(bytes: true, prefix: prefix);
        var tokenizer = files.Load();
        var expected = Naive((prefix ? "▁" : "") + text.Replace(' ', '▁'))
            .SelectMany(token => Array.IndexOf(Pieces, token) is >= 0 and var piece ? [FirstByte + 256 + piece] : Encoding.UTF8.GetBytes(token).Select(value => FirstByte + value));
        Assert.Equal(expected, tokenizer.Encode(text));
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
    }

    [Fact]
    public void Random_texts_have_the_ids_of_merging_by_score()
    {
        using var files = Files(bytes: true, prefix: true);
        var (tokenizer, random) = (files.Load(), new RandomStream(5));
        for (var i = 0; i < 300; i++)
        {
            var text = string.Concat(Enumerable.Range(0, 1 + random.NextInt32(30)).Select(_ => "abcon é"[random.NextInt32(7)]));
            Assert.Equal(Naive("▁" + text.Replace(' ', '▁')).Select(token => FirstByte + 256 + Array.IndexOf(Pieces, token)), tokenizer.Encode(text));
        }
    }

    [Fact]
    public void Unknown_characters_side_by_side_are_one_unknown_token_without_bytes()
    {
        using var files = Files(bytes: false, prefix: false);
        Assert.Equal([FirstByte + 1, 0, FirstByte + 1, 0], files.Load().Encode("axyazz"));
    }

    [Fact]
    public void Special_tokens_are_found_and_every_part_begins_with_a_space_in_legacy_mode()
    {
        using var files = Files(bytes: true, prefix: true);
        int Id(string piece) => FirstByte + 256 + Array.IndexOf(Pieces, piece);
        Assert.Equal([Id("▁a"), 2, Id("▁b")], files.Load().Encode("a</s>b"));
        files.With("tokenizer_config.json", """{"legacy":false}""");
        Assert.Equal([Id("▁a"), 2, Id("b")], files.Load().Encode("a</s>b"));
        Assert.Equal([Id("▁a")], files.Load().Encode(" a"));
    }

    [Fact]
    public void Special_ids_are_those_of_the_model_unless_the_configuration_says_otherwise()
    {
        using var files = Files(bytes: true, prefix: true);
        var tokenizer = files.Load();
        Assert.Equal(1, tokenizer.StartTokenId);
        Assert.Equal([2], tokenizer.EndTokenIds);
        Assert.Equal(2, tokenizer.PadTokenId);
        files.With("tokenizer_config.json", """{"add_bos_token":false,"eos_token":"<s>","pad_token":"<unk>"}""");
        tokenizer = files.Load();
        Assert.Null(tokenizer.StartTokenId);
        Assert.Equal([1], tokenizer.EndTokenIds);
        Assert.Equal(0, tokenizer.PadTokenId);
    }

    [Fact]
    public void User_defined_pieces_are_found_first()
    {
        var writer = Writer(bytes: false, prefix: false).Piece("<tag>", type: SentencePieceWriter.UserDefined).Piece("▁▁▁", type: SentencePieceWriter.UserDefined);
        using var files = new TokenizerFiles().With("tokenizer.model", writer.ToArray());
        var (first, a) = (FirstByte + Pieces.Length, FirstByte + 1);
        Assert.Equal([a, first, a, first + 1, a], files.Load().Encode("a<tag>a   a"));
        Assert.Equal("a<tag>a   a", files.Load().Decode([a, first, a, first + 1, a]));
    }

    [Fact]
    public void Tokenizer_json_goes_before_it()
    {
        using var files = Files(bytes: true, prefix: true).WithBpe(["a"], []);
        Assert.Equal([0], files.Load().Encode("a"));
    }

    [Theory]
    [InlineData("unigram", "trainer_spec.model_type: the model type unigram is not supported; BPE is.")]
    [InlineData("charsmap", "normalizer_spec.precompiled_charsmap: the normalisation \"nmt_nfkc\" is not supported; only \"identity\" is. A tokenizer.json beside it may do.")]
    [InlineData("extra", "normalizer_spec.remove_extra_whitespaces: it is true, which is not supported; false is.")]
    [InlineData("escape", "normalizer_spec.escape_whitespaces: it is false, which is not supported; true is.")]
    [InlineData("suffix", "trainer_spec.treat_whitespace_as_suffix: it is true, which is not supported; false is.")]
    [InlineData("unused", "pieces[1].type: the type unused is not supported.")]
    [InlineData("none", "pieces: there are none.")]
    [InlineData("twice", "pieces[2]: it is \"a\", as number 1 is already.")]
    [InlineData("unknown", "pieces: 0 have the type unknown; one is expected.")]
    [InlineData("empty", "pieces[1]: it has 0 characters; from 1 to 1024 are supported.")]
    [InlineData("type", "pieces[1].type: the type 9 is not supported.")]
    public void What_is_not_supported_is_refused(string what, string message)
    {
        var writer = new SentencePieceWriter
        {
            ModelType = what == "unigram" ? 1 : 2,
            CharacterMap = what == "charsmap" ? [1] : [],
            RemoveExtraWhitespaces = what == "extra",
            EscapeWhitespaces = what != "escape",
            TreatWhitespaceAsSuffix = what == "suffix",
        };
        if (what != "none")
            writer.Piece("<unk>", type: what == "unknown" ? SentencePieceWriter.Control : SentencePieceWriter.Unknown);
        if (what == "twice")
            writer.Piece("a").Piece("a");
        if (what == "empty")
            writer.Piece("");
        if (what is "type" or "unused")
            writer.Piece("a", type: what == "type" ? 9 : 5);
        using var files = new TokenizerFiles().With("tokenizer.model", writer.ToArray());
        Assert.Equal($"Tokenizer file 'tokenizer.model', {message}", files.Refusal());
    }

    [Fact]
    public void A_damaged_model_never_does_worse_than_an_error()
    {
        var (content, random) = (Writer(bytes: false, prefix: true).ToArray(), new RandomStream(13));
        using var files = new TokenizerFiles();
        for (var i = 0; i < Mutations; i++)
        {
            var damaged = random.NextDouble() < 0.1 ? content[..random.NextInt32(content.Length)] : content.ToArray();
            for (var changes = 1 + random.NextInt32(3); changes > 0 && damaged.Length > 0; changes--)
                damaged[random.NextInt32(damaged.Length)] = (byte)random.NextInt32(256);
            files.With("tokenizer.model", damaged);
            try
            {
                var tokenizer = files.Load();
                tokenizer.Decode(tokenizer.Encode("abc on é"));
            }
            catch (TokenizerException)
            {
                // refused, as it should be
            }
        }
    }

    private static TokenizerFiles Files(bool bytes, bool prefix) => new TokenizerFiles().With("tokenizer.model", Writer(bytes, prefix).ToArray());

    // Earlier pieces have higher scores, as in models that were trained.
    private static SentencePieceWriter Writer(bool bytes, bool prefix)
    {
        var writer = new SentencePieceWriter { ByteFallback = bytes, AddDummyPrefix = prefix }
            .Piece("<unk>", type: SentencePieceWriter.Unknown).Piece("<s>", type: SentencePieceWriter.Control).Piece("</s>", type: SentencePieceWriter.Control);
        for (var value = 0; bytes && value < 256; value++)
            writer.Piece($"<0x{value:X2}>", type: SentencePieceWriter.Byte);
        for (var piece = 0; piece < Pieces.Length; piece++)
            writer.Piece(Pieces[piece], -piece);
        return writer;
    }

    // The two neighbours whose union has the highest score, the leftmost of them, become one, again and again.
    private static List<string> Naive(string text)
    {
        var tokens = text.EnumerateRunes().Select(rune => rune.ToString()).ToList();
        while (true)
        {
            var candidates = Enumerable.Range(0, tokens.Count - 1).Where(at => Pieces.Contains(tokens[at] + tokens[at + 1])).ToArray();
            if (candidates.Length == 0)
                return tokens;
            var best = candidates.MinBy(at => Array.IndexOf(Pieces, tokens[at] + tokens[at + 1]));
            tokens[best] += tokens[best + 1];
            tokens.RemoveAt(best + 1);
        }
    }
}
