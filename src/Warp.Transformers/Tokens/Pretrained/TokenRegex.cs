using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Warp.Transformers;

/// <summary>A pattern of a tokenizer file, in the dialect that Hugging Face's tokenizers use (Oniguruma's), over whole characters.</summary>
/// <remarks>
/// .NET's expressions see half of a surrogate pair as a character of no class. So characters beyond U+FFFF are replaced, for the search only, by
/// one below that the pattern cannot tell from them: of the same category, and not named in the pattern.
/// </remarks>
internal sealed class TokenRegex
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10); // One match takes microseconds; a hostile pattern may take for ever.

    private const int FirstStandIn = 0x100; // Of Latin-1's numbers, some count as letters.

    private readonly Place _place;
    private readonly Regex _regex;
    private readonly bool _hasWords;
    private readonly Lazy<Dictionary<(UnicodeCategory Category, bool IsCircled), char>> _standIns;

    /// <summary>Translates a pattern.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="pattern">The pattern.</param>
    /// <exception cref="TokenizerException">It has a construct that is not supported.</exception>
    internal TokenRegex(Place place, string pattern)
    {
        _place = place;
        var translator = new TokenRegexTranslator(place, pattern);
        try
        {
            _regex = new Regex(translator.Translate(), RegexOptions.CultureInvariant | RegexOptions.Compiled, Patience);
        }
        catch (ArgumentException failure)
        {
            throw place.Refused($"the pattern {pattern} is malformed: {failure.Message}", failure);
        }

        _hasWords = translator.HasWords;

        _standIns = new(() => Enumerable.Range(FirstStandIn, 0xFFFE - FirstStandIn).Select(code => (char)code)
            .Where(character => !char.IsSurrogate(character) && !translator.Names(character))
            .GroupBy(character => Kind(new Rune(character)))
            .ToDictionary(group => group.Key, group => group.First()));
    }

    /// <summary>The matches, from left to right.</summary>
    /// <exception cref="TokenizerException">The pattern matches nothing at all somewhere, or takes for ever.</exception>
    internal List<(int Start, int End)> Matches(string text)
    {
        var (searched, positions) = WithoutSurrogates(text);
        var matches = new List<(int Start, int End)>();
        try
        {
            foreach (var match in _regex.EnumerateMatches(searched))
            {
                if (match.Length == 0)
                    throw _place.Refused("the pattern matches the empty text, which is not supported.");
                matches.Add(positions is null ? (match.Index, match.Index + match.Length) : (positions[match.Index], positions[match.Index + match.Length]));
            }
        }
        catch (RegexMatchTimeoutException failure)
        {
            throw _place.Refused($"the pattern needs more than {Patience.TotalSeconds} s for one match.", failure);
        }

        return matches;
    }

    private (string Searched, int[]? Positions) WithoutSurrogates(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return (text, null);
        var (searched, positions) = (new StringBuilder(text.Length), new List<int>(text.Length));
        for (var at = 0; at < text.Length;)
        {
            var rune = Rune.GetRuneAt(text, at);
            searched.Append(rune.IsBmp ? (char)rune.Value : StandIn(rune));
            positions.Add(at);
            at += rune.Utf16SequenceLength;
        }

        return (searched.ToString(), [.. positions, text.Length]);
    }

    private char StandIn(Rune rune) => _standIns.Value.TryGetValue(Kind(rune), out var standIn)
        ? standIn
        : throw _place.Refused($"the pattern names every character of the category of {rune}, so that it cannot be searched for characters beyond U+FFFF.");

    // As far as classes of the dialect tell characters apart: the circled letters are apart from other symbols in \w alone.
    private (UnicodeCategory Category, bool IsCircled) Kind(Rune rune) => (Rune.GetUnicodeCategory(rune), _hasWords && AddedTokenMatcher.IsCircledLetter(rune));
}
