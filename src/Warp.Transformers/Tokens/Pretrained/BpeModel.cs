using System.Text;
using Microsoft.ML.Tokenizers;

namespace Warp.Transformers;

/// <summary>Byte-pair encoding. The merging is that of Microsoft.ML.Tokenizers.</summary>
/// <remarks>
/// Characters that the vocabulary lacks never reach the library: no merge joins them to anything, so what is left and right of them is encoded by
/// itself. Where no merge can join two neighbouring characters, a long piece is cut, for the library takes quadratic time for one piece.
/// </remarks>
internal sealed class BpeModel : IPieceModel
{
    // The library writes a merge as two tokens with a space between; so a space within a token is written as a character that is none.
    internal const char Space = '\uFFFE';
    private const int LongPiece = 64;
    private const int LongestPiece = 1 << 17;

    private readonly Place _place;
    private readonly BpeTokenizer _library;
    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly HashSet<(Rune Left, Rune Right)> _joints = [];
    private readonly int[]? _bytes;
    private readonly int? _unknown;
    private readonly bool _fuseUnknown;
    private readonly bool _ignoreMerges;

    /// <summary>Creates a model.</summary>
    /// <param name="place">Where it stands.</param>
    /// <param name="vocabulary">The ids of the tokens.</param>
    /// <param name="merges">Pairs of tokens whose union is one too, those that go first first; of equal ones the last counts.</param>
    /// <param name="settings">What becomes of characters that the vocabulary lacks, and of pieces that it has.</param>
    /// <exception cref="TokenizerException">A merge is of the unknown token or a byte.</exception>
    internal BpeModel(Place place, Dictionary<string, int> vocabulary, IEnumerable<(string Left, string Right)> merges, BpeSettings settings)
    {
        (_place, _vocabulary, _lookup) = (place, vocabulary, vocabulary.GetAlternateLookup<ReadOnlySpan<char>>());
        (_unknown, _fuseUnknown, _ignoreMerges) = (settings.Unknown, settings.FuseUnknown, settings.IgnoreMerges);
        if (settings.ByteFallback)
            _bytes = [.. Enumerable.Range(0, 256).Select(value => vocabulary.GetValueOrDefault($"<0x{value:X2}>", -1))];
        _library = BpeTokenizer.Create(new BpeOptions(vocabulary.Select(entry => KeyValuePair.Create(Spaced(entry.Key), entry.Value)))
        {
            Merges = Ordered(merges),
        });
    }

    /// <summary>The ids of the model's tokens.</summary>
    internal IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    /// <inheritdoc/>
    public void Encode(string piece, List<int> ids)
    {
        if (_ignoreMerges && _vocabulary.TryGetValue(piece, out var whole))
        {
            ids.Add(whole);
            return;
        }

        piece = WithoutLost(piece);

        // An unknown token waits, for the next unknown character may fuse with it; bytes do not end the waiting, as in Hugging Face's tokenizers.
        var (known, at, waiting) = (0, 0, false);
        while (at < piece.Length)
        {
            _ = Rune.DecodeFromUtf16(piece.AsSpan(at), out var rune, out var length);
            if (_lookup.ContainsKey(piece.AsSpan(at, length)))
            {
                if (waiting)
                    ids.Add(_unknown!.Value);
                (waiting, at) = (false, at + length);
                continue;
            }

            Merge(piece.AsSpan(known, at - known), ids);
            if (!AsBytes(rune, ids))
            {
                if (waiting && !_fuseUnknown)
                    ids.Add(_unknown!.Value);
                waiting = true;
            }

            (at, known) = (at + length, at + length);
        }

        if (waiting)
            ids.Add(_unknown!.Value);
        Merge(piece.AsSpan(known), ids);
    }

    // Without an unknown token, characters that are neither in the vocabulary nor bytes are lost, and their neighbours may merge.
    private string WithoutLost(string piece)
    {
        if (_unknown is not null)
            return piece;
        var kept = new StringBuilder(piece.Length);
        foreach (var rune in piece.EnumerateRunes())
        {
            var character = rune.ToString();
            if (_vocabulary.ContainsKey(character) || AsBytes(rune, []))
                kept.Append(character);
        }

        return kept.ToString();
    }

    private bool AsBytes(Rune rune, List<int> ids)
    {
        if (_bytes is null)
            return false;
        Span<byte> utf8 = stackalloc byte[4];
        utf8 = utf8[..rune.EncodeToUtf8(utf8)];
        foreach (var value in utf8)
        {
            if (_bytes[value] < 0)
                return false;
        }

        foreach (var value in utf8)
            ids.Add(_bytes[value]);
        return true;
    }

    // Characters that the vocabulary has, all of them.
    private void Merge(ReadOnlySpan<char> text, List<int> ids)
    {
        while (text.Length > LongPiece && Cut(text) is > 0 and var cut)
        {
            MergeWhole(text[..cut], ids);
            text = text[cut..];
        }

        MergeWhole(text, ids);
    }

    // The first place from which on nothing on its left can be joined to anything on its right; 0 if there is none.
    private int Cut(ReadOnlySpan<char> text)
    {
        _ = Rune.DecodeFromUtf16(text, out var left, out var at);
        while (at < text.Length)
        {
            _ = Rune.DecodeFromUtf16(text[at..], out var right, out var length);
            if (!_joints.Contains((left, right)))
                return at;
            (left, at) = (right, at + length);
        }

        return 0;
    }

    private void MergeWhole(ReadOnlySpan<char> text, List<int> ids)
    {
        if (text.IsEmpty)
            return;
        if (text.Length > LongestPiece)
        {
            throw _place.Refused(
                $"the text has {text.Length} characters on end, from \"{text[..20]}\", between any two of which a token may extend; at most {LongestPiece} are encoded. "
                + "Divide the text.");
        }

        if (!text.Contains(' '))
        {
            ids.AddRange(_library.EncodeToIds(text, considerPreTokenization: false, considerNormalization: false));
            return;
        }

        ids.AddRange(_library.EncodeToIds(Spaced(text.ToString()), considerPreTokenization: false, considerNormalization: false));
    }

    private IEnumerable<string> Ordered(IEnumerable<(string Left, string Right)> merges)
    {
        var (ordered, ranks) = (new List<string?>(), new Dictionary<(int Left, int Right), int>());
        foreach (var (left, right) in merges)
        {
            var ids = (Left: _vocabulary[left], Right: _vocabulary[right]);
            if (_bytes is not null && (Decoders.ByteOf(left) ?? Decoders.ByteOf(right)) is not null)
                throw _place.Refused($"the merge of \"{left}\" and \"{right}\" is one of byte tokens, which is not supported.");
            if (ids.Left == _unknown || ids.Right == _unknown)
                throw _place.Refused($"the merge of \"{left}\" and \"{right}\" is one of the unknown token, which is not supported.");
            if (ranks.TryGetValue(ids, out var earlier))
                ordered[earlier] = null;
            ranks[ids] = ordered.Count;
            ordered.Add($"{Spaced(left)} {Spaced(right)}");
            _ = Rune.DecodeLastFromUtf16(left, out var before, out _);
            _ = Rune.DecodeFromUtf16(right, out var after, out _);
            _joints.Add((before, after));
        }

        return ordered.OfType<string>();
    }

    private static string Spaced(string token) => token.Replace(' ', Space);
}
