using Warp.Transformers;

namespace Warp.Tests;

public class PreTokenizerTests
{
    [Theory]
    [InlineData("Removed", false, "the-final--countdown", "the|final|countdown")]
    [InlineData("Isolated", false, "the-final--countdown", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", false, "the-final--countdown", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", false, "the-final--countdown", "the|-final|-|-countdown")]
    [InlineData("Contiguous", false, "the-final--countdown", "the|-|final|--|countdown")]
    [InlineData("Removed", true, "the-final--countdown", "-|-|-")]
    [InlineData("MergedWithPrevious", false, "-a", "-|a")]
    [InlineData("MergedWithNext", false, "a-", "a|-")]
    public void Splits_do_with_their_matches_what_they_are_told(string behavior, bool invert, string text, string pieces) => AssertPieces(
        $$"""{"type":"Split","pattern":{"String":"-"},"behavior":"{{behavior}}","invert":{{(invert ? "true" : "false")}}}""", text, pieces);

    [Theory]
    [InlineData("always", true, "a b", "▁a|▁b")]
    [InlineData("always", false, "a b", "▁a▁b")]
    [InlineData("always", true, " a", "▁a")]
    [InlineData("never", true, "a  b", "a|▁|▁b")]
    [InlineData("first", true, "a b", "▁a|▁b")]
    public void Metaspace_marks_spaces(string scheme, bool split, string text, string pieces) => AssertPieces(
        $$"""{"type":"Metaspace","replacement":"▁","prepend_scheme":"{{scheme}}","split":{{(split ? "true" : "false")}}}""", text, pieces);

    [Fact]
    public void Metaspace_first_marks_only_the_beginning_of_the_text()
    {
        var split = PreTokenizers.Read(TokenizerFiles.Setting("""{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}"""));
        Assert.Equal(["a", "▁b"], split(new Piece("a b", AtStart: false)).Select(piece => piece.Text));
    }

    [Theory]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":true}""", "▁a")]
    [InlineData("""{"type":"Metaspace","replacement":"▁","add_prefix_space":false}""", "a")]
    [InlineData("""{"type":"Metaspace","replacement":"▁"}""", "▁a")]
    public void Metaspace_of_older_files_has_no_scheme(string setting, string piece) => AssertPieces(setting, "a", piece);

    [Theory]
    [InlineData(true, "a12Ⅷ²b", "a|1|2|Ⅷ|²|b")]
    [InlineData(false, "a12Ⅷ²b", "a|12Ⅷ²|b")]
    public void Digits_are_numbers_of_all_kinds(bool individual, string text, string pieces) =>
        AssertPieces($$"""{"type":"Digits","individual_digits":{{(individual ? "true" : "false")}}}""", text, pieces);

    [Fact]
    public void Whitespace_leaves_words_and_what_is_neither() =>
        AssertPieces("""{"type":"Whitespace"}""", "Hey  friend!! ça_va\u00A0x𝒜\u0301 Ⓐ²", "Hey|friend|!!|ça_va|x𝒜\u0301|Ⓐ|²");

    [Theory]
    [InlineData(@"\w+", "a²Ⓐ_é\u0301-b", "a²Ⓐ_é\u0301|b")] // ² is \w to Oniguruma,
    [InlineData(@"[\w]+", "a²Ⓐ_é\u0301-b", "a|Ⓐ_é\u0301|b")] // but not within a class.
    [InlineData(@"(?i:'s|k)+", "'S'\u017FkK\u212A", "'S'\u017FkK\u212A")] // what folds to s and k
    [InlineData(@"\p{L}+", "a𝒜𠀀😀b", "a𝒜𠀀|b")] // letters beyond U+FFFF
    [InlineData(@"[^\s\p{L}\p{N}]+", "a😀!b", "😀!")]
    [InlineData("[一-龥]+", "a中𠀀文", "中|文")] // U+20000 is a letter, and not in the range
    [InlineData("[ࠀ-龥]+", "a中Ⓐ🅰b", "中Ⓐ")] // every circled letter of 16 bits is in the range; the sign of a blood group is not
    [InlineData(@"\s+$", "a  \n b \n", "  | \n")] // $ is the end of every line,
    [InlineData("a$", "a\na\r\na", "a|a")] // and a carriage return ends none.
    [InlineData(@"a++b?|c{1,2}", "aabccc", "aab|cc|c")]
    [InlineData(@"(?<=x)[ab](?!c)", "xaxbcxb", "a|b")]
    [InlineData(@"\d{1,3}", "12345", "123|45")]
    public void Patterns_mean_what_they_mean_to_Oniguruma(string pattern, string text, string matches)
    {
        var split = PreTokenizers.Read(TokenizerFiles.Setting(
            $$"""{"type":"Split","pattern":{"Regex":{{System.Text.Json.JsonSerializer.Serialize(pattern)}}},"behavior":"Removed","invert":true}"""));
        Assert.Equal(matches.Split('|'), split(new Piece(text, AtStart: true)).Select(piece => piece.Text));
    }

    [Theory]
    [InlineData(@"^a", "the anchor ^")]
    [InlineData(@"a$+", "the quantifier + with nothing before it")]
    [InlineData(@"\bа", @"the escape \b")]
    [InlineData(@"\p{Han}+", @"the property \p{Han}")]
    [InlineData(@"(?<name>a)", "the group (?<n")]
    [InlineData(@"(?m:a)", "the group (?m:")]
    [InlineData(@"[a&&b]", "&& within the class")]
    [InlineData(@"[[:alpha:]]", "[: within the class")]
    [InlineData(@"(a", "a group without its end")]
    [InlineData(@"a)", "a ) without its group")]
    [InlineData(@"[a", "a class without its end")]
    [InlineData(@"*a", "the quantifier * with nothing before it")]
    [InlineData(@"a{,3}", "the quantifier {,3}")]
    [InlineData(@"a{2}+", "the quantifier {2}+")]
    [InlineData(@"(?i:ss)", "ss in (?i:…)")]
    [InlineData(@"(?i:[a-z])", "the class [a-z in (?i:…)")]
    [InlineData(@"😀", "a character beyond U+FFFF")]
    [InlineData(@"a\", @"a \ at the end")]
    public void Patterns_that_may_mean_something_else_are_refused(string pattern, string construct)
    {
        var refusal = Assert.Throws<TokenizerException>(() => new TokenRegex(new Place("tokenizer.json", "pre_tokenizer.pattern.Regex"), pattern));
        Assert.Contains($"the pattern {pattern} has {construct}", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("pre_tokenizer.pattern.Regex", refusal.Setting);
    }

    [Fact]
    public void A_pattern_that_matches_nothing_is_refused_where_it_does()
    {
        var regex = new TokenRegex(new Place("tokenizer.json", "x"), "b*");
        Assert.Contains("matches the empty text", Assert.Throws<TokenizerException>(() => regex.Matches("a")).Message, StringComparison.Ordinal);
    }

    private static void AssertPieces(string setting, string text, string pieces)
    {
        var split = PreTokenizers.Read(TokenizerFiles.Setting(setting));
        Assert.Equal(pieces.Split('|'), split(new Piece(text, AtStart: true)).Select(piece => piece.Text));
    }
}
