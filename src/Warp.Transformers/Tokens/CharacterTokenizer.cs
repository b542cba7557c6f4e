using System.Globalization;
using System.Text;

namespace Warp.Transformers;

/// <summary>One token per character of a given alphabet, with a start and an end token: enough to try things out and to test with.</summary>
public sealed class CharacterTokenizer : ITokenizer
{
    private const int End = 0;
    private const int Start = 1;
    private const int FirstCharacter = 2;

    private readonly string _alphabet;

    /// <summary>Creates a tokenizer.</summary>
    /// <param name="alphabet">The characters it knows, each once; the n-th (from 0) has the id n + 2.</param>
    /// <exception cref="ArgumentException">The alphabet is empty or has a character twice.</exception>
    public CharacterTokenizer(string alphabet)
    {
        ArgumentException.ThrowIfNullOrEmpty(alphabet);
        if (alphabet.GroupBy(c => c).FirstOrDefault(g => g.Skip(1).Any()) is { } twice)
            throw new ArgumentException($"The alphabet has the character '{twice.Key}' {twice.Count()} times; give each once.", nameof(alphabet));
        _alphabet = alphabet;
    }

    /// <summary>The number of ids: the alphabet, the start and the end token.</summary>
    public int VocabularySize => _alphabet.Length + FirstCharacter;

    /// <inheritdoc/>
    public IReadOnlyList<int> EndTokenIds { get; } = [End];

    /// <inheritdoc/>
    public int PadTokenId => End;

    /// <inheritdoc/>
    public int? StartTokenId => Start;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The text has a character outside the alphabet.</exception>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Select((character, at) => _alphabet.IndexOf(character, StringComparison.Ordinal) is var index and >= 0
            ? index + FirstCharacter
            : throw new ArgumentException(
                $"Character {at} of the text is '{character}' (U+{((int)character).ToString("X4", CultureInfo.InvariantCulture)}), which the alphabet \"{_alphabet}\" lacks.", nameof(text)))];
    }

    /// <inheritdoc/>
    /// <remarks>Start and end tokens have no text.</remarks>
    /// <exception cref="ArgumentException">An id is outside the vocabulary.</exception>
    public string Decode(IReadOnlyList<int> tokenIds)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        var text = new StringBuilder(tokenIds.Count);
        foreach (var id in tokenIds)
        {
            if (id < 0 || id >= VocabularySize)
                throw new ArgumentException($"Token id {id} is outside the vocabulary of {VocabularySize}.", nameof(tokenIds));
            if (id >= FirstCharacter)
                text.Append(_alphabet[id - FirstCharacter]);
        }

        return text.ToString();
    }
}
