using Warp.Transformers;

namespace Warp.Tests;

public class NormalizerTests
{
    [Theory]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "a", "▁a")]
    [InlineData("""{"type":"Prepend","prepend":"▁"}""", "", "")]
    [InlineData("""{"type":"Replace","pattern":{"String":" "},"content":"▁"}""", " a b", "▁a▁b")]
    [InlineData("""{"type":"Replace","pattern":{"Regex":" {2,}"},"content":" "}""", "a   b c", "a b c")]
    [InlineData("""{"type":"Lowercase"}""", "ÀΣİ𝐀𐐀", "àσi\u0307𝐀𐐨")]
    [InlineData("""{"type":"Sequence","normalizers":[{"type":"Lowercase"},{"type":"Prepend","prepend":"A"}]}""", "B", "Ab")]
    public void Normalizers_do_what_they_say(string setting, string text, string expected) =>
        Assert.Equal(expected, Normalizers.Read(TokenizerFiles.Setting(setting))(text));

    // Each is a case of Unicode's annex 15.
    [Theory]
    [InlineData("e\u0301", "\u00E9", "e\u0301")] // canonical composite
    [InlineData("\u00E9", "\u00E9", "e\u0301")]
    [InlineData("\u212B", "\u00C5", "A\u030A")] // singleton
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307")] // order of marks
    [InlineData("q\u0307\u0323", "q\u0323\u0307", "q\u0323\u0307")]
    [InlineData("d\u0307\u0323", "\u1E0D\u0307", "d\u0323\u0307")] // composes across a reordered mark
    [InlineData("a\u0315\u0300", "\u00E0\u0315", "a\u0300\u0315")]
    [InlineData("a\u0300\u0300", "\u00E0\u0300", "a\u0300\u0300")] // the second is blocked
    [InlineData("\u1100\u1161\u11A8", "\uAC01", "\u1100\u1161\u11A8")] // Hangul
    [InlineData("\uAC00\u11A8", "\uAC01", "\u1100\u1161\u11A8")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C")] // excluded from composition
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\U00011099\U000110BA", "\U0001109A", "\U00011099\U000110BA")]
    [InlineData("ﬁ½ plain", "ﬁ½ plain", "ﬁ½ plain")] // compatibility is another matter
    public void Canonical_forms_are_Unicodes(string text, string composed, string decomposed)
    {
        Assert.Equal(composed, CanonicalForm.Compose(text));
        Assert.Equal(decomposed, CanonicalForm.Decompose(text));
        Assert.Equal(composed, CanonicalForm.Compose(decomposed));
        Assert.Equal(decomposed, CanonicalForm.Decompose(composed));
    }

    [Fact]
    public void Compatibility_forms_need_the_runtimes_data()
    {
        // The tests run without ICU, where the runtime leaves text as it is.
        var refusal = Assert.Throws<TokenizerException>(() => Normalizers.Read(TokenizerFiles.Setting("""{"type":"NFKC"}""")));
        Assert.Contains("set InvariantGlobalization to false", refusal.Message, StringComparison.Ordinal);
    }
}
