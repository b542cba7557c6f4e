using System.Text;
using Microsoft.ML.Tokenizers;

namespace Warp.Transformers;

/// <summary>The <c>model</c> of a tokenizer file: byte-pair encoding. The merging is that of Microsoft.ML.Tokenizers.</summary>
/// <remarks>
/// Characters that the vocabulary lacks never reach the library: no merge joins them to anything, so what is left and right of them is encoded by
/// itself. Where no merge can join two neighbouring characters, a long piece is cut, for the library takes quadratic time for one piece.
/// </remarks>
internal sealed class BpeModel : IPieceModel
{
    // The library writes a merge as two tokens with a space between; so a space within a token is written as a character that is none.
    private const char Space = '\uFFFE';
    private const int LongPiece = 64;
    private const int LongestPiece = 1 << 17;

    private readonly Place _place;
    private readonly BpeTokenizer _library;
    private readonly IReadOnlyDictionary<string, int> _vocabulary;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly HashSet<(Rune Left, Rune Right)> _joints = [];
    private readonly int[]? _bytes;
    private readonly int? _unknown;
    private readonly bool _fuseUnknown;
    private readonly bool _ignoreMerges;

    private BpeModel(Setting setting)
    {
        _place = setting.Place;
        var vocabulary = ReadVocabulary(setting.Need("vocab"));
        (_vocabulary, _lookup) = (vocabulary, vocabulary.GetAlternateLookup<ReadOnlySpan<char>>());
        (_fuseUnknown, _ignoreMerges) = (setting.Flag("fuse_unk", absent: false), setting.Flag("ignore_merges", absent: false));
        if (setting.Find("unk_token") is { } unknown)
            _unknown = vocabulary.TryGetValue(unknown.Text(), out var id) ? id : throw unknown.Refused($"the vocabulary lacks {unknown.Shown()}.");
        if (setting.Flag("byte_fallback", absent: false))
            _bytes = [.. Enumerable.Range(0, 256).Select(value => vocabulary.GetValueOrDefault($"<0x{value:X2}>", -1))];
        var merges = ReadMerges(setting.Need("merges"));
        _library = BpeTokenizer.Create(new BpeOptions(vocabulary.Select(entry => KeyValuePair.Create(Spaced(entry.Key), entry.Value)))
        {
            Merges = merges,
        });
    }

    /// <summary>The ids of the model's tokens.</summary>
    internal IReadOnlyDictionary<string, int> Vocabulary => _vocabulary;

    /// <summary>Reads it.</summary>
    /// <exception cref="TokenizerException">It is malformed or not supported.</exception>
    internal static BpeModel Read(Setting setting)
    {
        if (setting.Find("type") is { } type && type.Text() != "BPE")
            throw type.Refused($"the model {type.Shown()} is not supported; BPE is.");
        foreach (var affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (setting.Find(affix) is { } value && value.Text().Length > 0)
                throw value.Refused($"it is {value.Shown()}, which is not supported; null is.");
        }

        if (setting.Number("dropout") != 0)
            throw setting.Need("dropout").Refused($"it is {setting.Need("dropout").Shown()}: the ids of a text would be random. Only null and 0 are supported.");
        return new BpeModel(setting);
    }

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

    private static Dictionary<string, int> ReadVocabulary(Setting setting)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        var tokens = new Dictionary<int, string>();
        foreach (var (token, value) in setting.Members())
        {
            var id = value.Id();
            if (!tokens.TryAdd(id, token))
                throw setting.Refused($"the tokens \"{tokens[id]}\" and \"{token}\" have one id, {id}.");
            if (token.Contains(Space))
                throw setting.Refused($"the token with id {id} has the character U+FFFE, which is not supported.");
            vocabulary[token] = id;
        }

        return vocabulary.Count > 0 ? vocabulary : throw setting.Refused("it is empty.");
    }

    private IEnumerable<string> ReadMerges(Setting setting)
    {
        var merges = new List<string?>();
        var ranks = new Dictionary<(int Left, int Right), int>();
        foreach (var item in setting.Items())
        {
            if (item.IsText && item.Text().StartsWith("#version", StringComparison.Ordinal))
                continue;
            var pair = item.IsList ? item.Texts() : item.Text().Split(' ');
            if (pair is not [{ Length: > 0 } left, { Length: > 0 } right])
                throw item.Refused($"it is {item.Shown()}; two tokens are expected, \"a b\" or [\"a\", \"b\"].");
            var ids = (Id(left), Id(right));
            _ = Id(left + right);
            if (_bytes is not null && (Decoders.ByteOf(left) ?? Decoders.ByteOf(right)) is not null)
                throw item.Refused($"it is {item.Shown()}; merges of byte tokens are not supported.");
            if (ids.Item1 == _unknown || ids.Item2 == _unknown)
                throw item.Refused($"it is {item.Shown()}; merges of the unknown token are not supported.");
            if (ranks.TryGetValue(ids, out var earlier))
                merges[earlier] = null; // Of equal ones the last counts.
            ranks[ids] = merges.Count;
            merges.Add($"{Spaced(left)} {Spaced(right)}");
            _ = Rune.DecodeLastFromUtf16(left, out var before, out _);
            _ = Rune.DecodeFromUtf16(right, out var after, out _);
            _joints.Add((before, after));

            int Id(string token) => _vocabulary.TryGetValue(token, out var id) ? id : throw item.Refused($"it is {item.Shown()}, but the vocabulary lacks \"{token}\".");
        }

        return merges.OfType<string>();
    }

    private static string Spaced(string token) => token.Replace(' ', Space);
}
