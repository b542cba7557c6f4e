using Microsoft.ML.Tokenizers;

namespace Warp.Transformers;

/// <summary>Byte-pair encoding by the scores of a SentencePiece file: that of Microsoft.ML.Tokenizers.</summary>
internal sealed class SentencePieceModel : IPieceModel
{
    private readonly SentencePieceTokenizer _library;
    private readonly int _unknown;

    /// <summary>Creates the model.</summary>
    /// <exception cref="TokenizerException">The library cannot read the file.</exception>
    internal SentencePieceModel(SentencePieceFile file, string path)
    {
        _unknown = file.Tokens.FindIndex(token => token.Kind == SentencePieceFile.TokenKind.Unknown);
        try
        {
            using var content = new MemoryStream(file.Content, writable: false);
            _library = SentencePieceTokenizer.Create(content, addBeginningOfSentence: false, addEndOfSentence: false);
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or FormatException)
        {
            throw new TokenizerException($"it cannot be read: {failure.Message}", path, setting: null, failure);
        }

        if (_library.UnknownId != _unknown)
            throw new TokenizerException($"it is {_library.UnknownId}, but the token of type unknown has the id {_unknown}.", path, "trainer_spec.unk_id");
    }

    /// <inheritdoc/>
    public void Encode(string piece, List<int> ids)
    {
        var from = ids.Count;
        foreach (var id in _library.EncodeToIds(
            piece, addBeginningOfSentence: false, addEndOfSentence: false, considerPreTokenization: false, considerNormalization: false))
        {
            // Unknown characters side by side are one unknown token.
            if (id != _unknown || ids.Count == from || ids[^1] != _unknown)
                ids.Add(id);
        }
    }
}
