namespace Warp.Transformers;

/// <summary>A token that is found in a text as a whole, before any other is.</summary>
/// <param name="Content">The text.</param>
/// <param name="Id">The id.</param>
/// <param name="Special">Has no text when decoded.</param>
/// <param name="Normalized">Is looked for, normalised itself, in normalised text.</param>
/// <param name="SingleWord">Only counts where no letter, mark, digit or joining character touches it.</param>
/// <param name="LeftStrip">Takes the white space before it along.</param>
/// <param name="RightStrip">Takes the white space behind it along.</param>
internal sealed record AddedToken(
    string Content, int Id, bool Special, bool Normalized = false, bool SingleWord = false, bool LeftStrip = false, bool RightStrip = false)
{
    /// <summary>Reads an entry of <c>added_tokens</c> or <c>added_tokens_decoder</c>.</summary>
    internal static AddedToken Read(Setting entry, int id) => new(
        entry.Need("content").Text(),
        id,
        entry.Flag("special", absent: false),
        entry.Flag("normalized", absent: true),
        entry.Flag("single_word", absent: false),
        entry.Flag("lstrip", absent: false),
        entry.Flag("rstrip", absent: false));
}
