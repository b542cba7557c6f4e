using System.Buffers;
using System.Globalization;
using System.Text;

namespace Warp.Transformers;

/// <summary>The <c>pre_tokenizer</c> of a tokenizer file: how a normalised text is split into pieces that no token crosses.</summary>
internal static class PreTokenizers
{
    private const string Supported = "Sequence, ByteLevel, Split, Metaspace, Digits and Whitespace are supported";

    /// <summary>Reads it; no setting leaves every piece as it is.</summary>
    /// <param name="setting">The setting.</param>
    /// <param name="prefixSpace">What goes before its <c>add_prefix_space</c>, if it is ByteLevel; null leaves that as it is.</param>
    internal static Func<Piece, IEnumerable<Piece>> Read(Setting? setting, bool? prefixSpace = null)
    {
        if (setting is not { } preTokenizer)
            return piece => [piece];
        var type = preTokenizer.Need("type");
        return type.Text() switch
        {
            "Sequence" => Sequence(preTokenizer),
            "ByteLevel" => ByteLevelOf(preTokenizer, prefixSpace),
            "Split" => Split(preTokenizer),
            "Metaspace" => MetaspaceOf(preTokenizer),
            "Digits" => DigitsOf(preTokenizer),
            "Whitespace" => Whitespace,
            _ => throw type.Refused($"the pre-tokenizer {type.Shown()} is not supported; {Supported}."),
        };
    }

    private static Func<Piece, IEnumerable<Piece>> Sequence(Setting setting)
    {
        var steps = setting.Need("pretokenizers").Items().Select(step => Read(step)).ToArray();
        return piece => steps.Aggregate((IEnumerable<Piece>)[piece], (pieces, step) => pieces.SelectMany(step));
    }

    private static Func<Piece, IEnumerable<Piece>> ByteLevelOf(Setting setting, bool? prefixSpace)
    {
        var space = prefixSpace ?? setting.Need("add_prefix_space").Flag();
        var words = setting.Flag("use_regex", absent: true) ? new TokenRegex(setting.Place, ByteLevel.WordPattern) : null;
        return piece =>
        {
            var text = space && !piece.Text.StartsWith(' ') ? piece with { Text = $" {piece.Text}" } : piece;
            return (words is null ? [text] : text.Split(words.Matches(text.Text), SplitBehavior.Isolated))
                .Select(word => word with { Text = ByteLevel.Encode(word.Text) });
        };
    }

    private static Func<Piece, IEnumerable<Piece>> Split(Setting setting)
    {
        var matches = TextPattern.Read(setting.Need("pattern"));
        var (named, invert) = (setting.Need("behavior"), setting.Need("invert").Flag());
        if (!Enum.TryParse<SplitBehavior>(named.Text(), out var behavior) || behavior.ToString() != named.Text())
            throw named.Refused($"the behaviour is {named.Shown()}; {string.Join(", ", Enum.GetNames<SplitBehavior>())} are supported.");
        return piece => piece.Split(matches(piece.Text), behavior, invert);
    }

    private static Func<Piece, IEnumerable<Piece>> MetaspaceOf(Setting setting)
    {
        var space = Metaspace.Read(setting);
        return piece =>
        {
            var text = space.Mark(piece);
            return space.Splits ? text.Split(TextPattern.Occurrences(text.Text, space.Replacement), SplitBehavior.MergedWithNext) : [text];
        };
    }

    private static Func<Piece, IEnumerable<Piece>> DigitsOf(Setting setting)
    {
        var behavior = setting.Need("individual_digits").Flag() ? SplitBehavior.Isolated : SplitBehavior.Contiguous;
        return piece => piece.Split(
            Runs(piece.Text, rune => Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber ? 1 : 0, runs: false),
            behavior);
    }

    // Words, and runs of what is neither word nor white space.
    private static IEnumerable<Piece> Whitespace(Piece piece) => piece.Split(
        Runs(piece.Text, rune => AddedTokenMatcher.IsWord(rune) ? 1 : Rune.IsWhiteSpace(rune) ? 0 : 2, runs: true), SplitBehavior.Removed, invert: true);

    // The characters whose kind is not 0, each or in runs of one kind.
    private static List<(int Start, int End)> Runs(string text, Func<Rune, int> kindOf, bool runs)
    {
        var found = new List<(int Start, int End)>();
        var (at, last) = (0, 0);
        while (at < text.Length && Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length) == OperationStatus.Done)
        {
            var kind = kindOf(rune);
            if (runs && kind != 0 && kind == last)
                found[^1] = (found[^1].Start, at + length);
            else if (kind != 0)
                found.Add((at, at + length));
            (at, last) = (at + length, kind);
        }

        return found;
    }
}
