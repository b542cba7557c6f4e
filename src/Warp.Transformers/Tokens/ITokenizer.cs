namespace Warp.Transformers;

/// <summary>Turns text into token ids and back.</summary>
/// <remarks>Implementations are safe to use from several threads at once.</remarks>
public interface ITokenizer
{
    /// <summary>The ids that end a completion: generation stops after any of them. Empty if the model has none.</summary>
    IReadOnlyList<int> EndTokenIds { get; }

    /// <summary>
    /// The id that fills rows up to a common length. It may be one of <see cref="EndTokenIds"/>: what is padding is known from lengths, never
    /// from this id.
    /// </summary>
    int PadTokenId { get; }

    /// <summary>The id that every prompt begins with; null, the default, if the model has none.</summary>
    int? StartTokenId => null;

    /// <summary>The ids of a text, without start, end or padding.</summary>
    /// <param name="text">Any text; the empty text has no ids.</param>
    IReadOnlyList<int> Encode(string text);

    /// <summary>The text of ids.</summary>
    /// <param name="tokenIds">Any ids of the vocabulary, without the end token.</param>
    string Decode(IReadOnlyList<int> tokenIds);
}
