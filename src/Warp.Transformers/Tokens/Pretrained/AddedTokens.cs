namespace Warp.Transformers;

/// <summary>The added tokens of a tokenizer, with the ids that Hugging Face's tokenizers give them.</summary>
/// <param name="vocabulary">The model's tokens.</param>
internal sealed class AddedTokens(IReadOnlyDictionary<string, int> vocabulary)
{
    private readonly Dictionary<string, AddedToken> _tokens = new(StringComparer.Ordinal);

    /// <summary>All of them, special ones first, otherwise in the order in which they came.</summary>
    internal IEnumerable<AddedToken> All => _tokens.Values.OrderBy(token => !token.Special);

    /// <summary>The id of a token; null if there is no such token.</summary>
    internal int? IdOf(string content) =>
        _tokens.TryGetValue(content, out var added) ? added.Id : vocabulary.TryGetValue(content, out var id) ? id : null;

    /// <summary>Adds a token as a file lists it, or changes how it is found.</summary>
    /// <exception cref="TokenizerException">The id is not the one that it would get.</exception>
    internal void Add(AddedToken token, Setting entry)
    {
        if (token.Content.Length == 0)
            return;
        var id = IdOf(token.Content) ?? Next();
        if (id != token.Id)
        {
            throw entry.Refused(vocabulary.ContainsKey(token.Content) || _tokens.ContainsKey(token.Content)
                ? $"the token \"{token.Content}\" has the id {token.Id} here and {id} elsewhere."
                : $"the token \"{token.Content}\" has the id {token.Id}; ids of tokens that the vocabulary lacks follow each other, and the next one is {id}.");
        }

        _tokens[token.Content] = token;
    }

    /// <summary>Adds a special token by its text, if it is not among the added ones.</summary>
    internal void AddSpecial(AddedToken token)
    {
        if (token.Content.Length > 0 && !_tokens.ContainsKey(token.Content))
            _tokens[token.Content] = token with { Id = IdOf(token.Content) ?? Next(), Special = true };
    }

    private int Next() => _tokens.Count == 0 ? vocabulary.Count : Math.Max(vocabulary.Count, _tokens.Values.Max(token => token.Id) + 1);
}
