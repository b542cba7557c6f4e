namespace Warp.Transformers;

/// <summary>From text to ids and back: added tokens, normalisation, pieces, the model; and the decoder.</summary>
internal sealed class TokenizerPipeline
{
    private readonly AddedTokenMatcher _raw;
    private readonly AddedTokenMatcher _normalized;
    private readonly Dictionary<int, (string Text, bool Special)> _tokens;

    /// <summary>Creates a pipeline.</summary>
    /// <param name="vocabulary">The model's tokens.</param>
    /// <param name="added">The added tokens.</param>
    /// <param name="normalize">The normaliser.</param>
    internal TokenizerPipeline(IEnumerable<KeyValuePair<string, int>> vocabulary, IReadOnlyList<AddedToken> added, Func<string, string> normalize)
    {
        Normalize = normalize;
        _raw = new(added.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        _normalized = new(added.Where(token => token.Normalized).Select(token => (normalize(token.Content), token)));
        _tokens = vocabulary.ToDictionary(token => token.Value, token => (token.Key, Special: false));
        foreach (var token in added)
            _tokens[token.Id] = (token.Content, token.Special);
        VocabularySize = _tokens.Keys.Max() + 1;
    }

    /// <summary>The greatest id of any token, plus 1.</summary>
    internal int VocabularySize { get; }

    internal Func<string, string> Normalize { get; }

    internal required Func<Piece, IEnumerable<Piece>> PreTokenize { get; init; }

    internal required IPieceModel Model { get; init; }

    internal required Func<IReadOnlyList<string>, IReadOnlyList<string>> Decoder { get; init; }

    internal List<int> Encode(string text)
    {
        var ids = new List<int>(text.Length / 3);
        foreach (var (start, end, token) in _raw.Split(text))
        {
            if (token is not null)
                ids.Add(token.Id);
            else
                EncodePart(Normalize(text[start..end]), atStart: start == 0, ids);
        }

        return ids;
    }

    /// <summary>The text of ids, of which special tokens and ids without a token have none.</summary>
    internal string Decode(IEnumerable<int> ids)
    {
        var tokens = new List<string>();
        foreach (var id in ids)
        {
            if (_tokens.TryGetValue(id, out var token) && !token.Special)
                tokens.Add(token.Text);
        }

        return string.Concat(Decoder(tokens));
    }

    private void EncodePart(string text, bool atStart, List<int> ids)
    {
        foreach (var (start, end, token) in _normalized.Split(text))
        {
            if (token is not null)
            {
                ids.Add(token.Id);
                continue;
            }

            foreach (var piece in PreTokenize(new Piece(text[start..end], atStart && start == 0)))
            {
                if (piece.Text.Length > 0)
                    Model.Encode(piece.Text, ids);
            }
        }
    }
}
