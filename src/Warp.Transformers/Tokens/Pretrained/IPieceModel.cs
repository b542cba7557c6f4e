namespace Warp.Transformers;

/// <summary>Turns one piece, normalised and pre-tokenized, into ids. Safe to use from several threads at once.</summary>
internal interface IPieceModel
{
    /// <summary>Appends the ids of a piece that is not empty.</summary>
    void Encode(string piece, List<int> ids);
}
