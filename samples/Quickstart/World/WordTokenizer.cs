using System.Text;
using Warp.Transformers;

namespace Warp.Quickstart;

/// <summary>Words ↔ token ids, one id per word of the <see cref="Lexicon"/>, with pad, start and end tokens.</summary>
public sealed class WordTokenizer : ITokenizer
{
    /// <summary>Fills up batches; never part of a review.</summary>
    public const int PadId = 0;

    /// <summary>Stands before a review.</summary>
    public const int StartId = 1;

    /// <summary>Stands after a review.</summary>
    public const int EndId = 2;

    private const int SpecialTokens = 3;

    private readonly string[] _tokens = ["<pad>", "<start>", "<end>", .. Lexicon.Words.Select(w => w.Text)];
    private readonly Dictionary<string, int> _ids;

    /// <summary>Creates the tokenizer; there is only one vocabulary.</summary>
    public WordTokenizer() =>
        _ids = _tokens.Select((token, id) => (token, id)).Skip(SpecialTokens).ToDictionary(t => t.token, t => t.id, StringComparer.Ordinal);

    /// <inheritdoc/>
    public IReadOnlyList<int> EndTokenIds { get; } = [EndId];

    /// <inheritdoc/>
    public int PadTokenId => PadId;

    /// <inheritdoc/>
    public int? StartTokenId => StartId;

    /// <summary>The number of ids.</summary>
    public int VocabularySize => _tokens.Length;

    /// <summary>Whether an id stands for a word, not for a special token.</summary>
    public static bool IsWord(int id) => id >= SpecialTokens;

    /// <summary>The ids of words.</summary>
    /// <exception cref="ArgumentException">A word is not in the lexicon.</exception>
    public IReadOnlyList<int> Encode(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return [.. words.Select(word => _ids.TryGetValue(word, out var id)
            ? id
            : throw new ArgumentException($"The word \"{word}\" is not in the vocabulary of {VocabularySize - SpecialTokens} words.", nameof(words)))];
    }

    /// <summary>The ids of a text; capitals are read as small letters, punctuation marks are words.</summary>
    /// <exception cref="ArgumentException">A word is not in the lexicon.</exception>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var spaced = new StringBuilder();
        foreach (var c in text)
            _ = char.IsPunctuation(c) ? spaced.Append(' ').Append(c).Append(' ') : spaced.Append(char.ToLowerInvariant(c));
        return Encode(spaced.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>The text of ids as one would print it: special tokens left out, punctuation attached, sentences capitalised.</summary>
    /// <param name="ids">Ids below <see cref="VocabularySize"/>.</param>
    /// <param name="startsSentence">Whether the first word begins a sentence; not so for a completion that goes on from its prompt.</param>
    public string Decode(IReadOnlyList<int> ids, bool startsSentence = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var text = new StringBuilder();
        var capital = startsSentence;
        foreach (var word in ids.Where(IsWord).Select(Token))
        {
            var isMark = char.IsPunctuation(word[0]);
            if (text.Length > 0 && !isMark)
                text.Append(' ');
            text.Append(capital || word == "i" ? char.ToUpperInvariant(word[0]) : word[0]).Append(word, 1, word.Length - 1);
            capital = word is "." or "!" || (capital && isMark);
        }

        return text.ToString();
    }

    /// <summary>The text of a completion, which goes on from its prompt.</summary>
    string ITokenizer.Decode(IReadOnlyList<int> tokenIds) => Decode(tokenIds, startsSentence: false);

    /// <summary>The words of ids; special tokens appear as "&lt;pad&gt;", "&lt;start&gt;" and "&lt;end&gt;".</summary>
    public IReadOnlyList<string> Words(IEnumerable<int> ids) => [.. ids.Select(Token)];

    /// <summary>The ids of a whole review, prompt and completion: without the start token, and up to but without the end token.</summary>
    public static IReadOnlyList<int> ReviewOf(Rollout rollout)
    {
        ArgumentNullException.ThrowIfNull(rollout);
        return [.. rollout.Prompt.TokenIds.SkipWhile(id => id == StartId), .. rollout.Completion.TokenIds.TakeWhile(id => id != EndId)];
    }

    /// <summary>The prompt of a review: the start token and its first words.</summary>
    public Prompt PromptOf(IReadOnlyList<string> review)
    {
        ArgumentNullException.ThrowIfNull(review);
        var ids = Encode([.. review.Take(ReviewGrammar.PromptWords)]);
        return new(Decode(ids), [StartId, .. ids]);
    }

    private string Token(int id) => id >= 0 && id < _tokens.Length
        ? _tokens[id]
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"Token ids are from 0 to {_tokens.Length - 1}.");
}
