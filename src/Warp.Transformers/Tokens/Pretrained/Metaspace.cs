namespace Warp.Transformers;

/// <summary>SentencePiece's way with spaces: a visible character in their place, and one before the text.</summary>
/// <param name="Replacement">What stands for a space, one character.</param>
/// <param name="Prepends">Before which pieces one is put.</param>
/// <param name="Splits">Whether pieces begin at it.</param>
internal sealed record Metaspace(string Replacement, Metaspace.Scheme Prepends, bool Splits)
{
    internal const string Usual = "▁";

    /// <summary>Reads a pre-tokenizer or decoder.</summary>
    internal static Metaspace Read(Setting setting)
    {
        var replacement = setting.Need("replacement");
        if (replacement.Text() is not { Length: 1 } character)
            throw replacement.Refused($"it is {replacement.Shown()}; one character is expected.");
        var named = setting.Find("prepend_scheme");
        var scheme = named?.Text() switch
        {
            "always" => Scheme.Always,
            "first" => Scheme.First,
            "never" => Scheme.Never,
            null => setting.Flag("add_prefix_space", absent: true) ? Scheme.Always : Scheme.Never,
            _ => throw named.Value.Refused($"it is {named.Value.Shown()}; always, first and never are supported."),
        };
        if (!setting.Flag("add_prefix_space", absent: true) && scheme != Scheme.Never)
            throw setting.Refused("add_prefix_space is false while prepend_scheme is not \"never\".");
        return new(character, scheme, setting.Flag("split", absent: true));
    }

    /// <summary>A piece with its spaces replaced, and one before it where the scheme says so.</summary>
    internal Piece Mark(Piece piece)
    {
        var text = piece.Text.Replace(" ", Replacement, StringComparison.Ordinal);
        var prepends = Prepends == Scheme.Always || (Prepends == Scheme.First && piece.AtStart);
        return piece with { Text = prepends && !text.StartsWith(Replacement, StringComparison.Ordinal) ? Replacement + text : text };
    }

    /// <summary>The tokens with their spaces back, and without those in the first if one may have been put there.</summary>
    internal IReadOnlyList<string> Unmark(IReadOnlyList<string> tokens) =>
        [.. tokens.Select((token, index) => token.Replace(Replacement, index == 0 && Prepends != Scheme.Never ? "" : " ", StringComparison.Ordinal))];

    /// <summary>Before which pieces a space is put.</summary>
    internal enum Scheme
    {
        /// <summary>All that do not begin with one.</summary>
        Always,

        /// <summary>The one that the text begins with.</summary>
        First,

        /// <summary>None.</summary>
        Never,
    }
}
