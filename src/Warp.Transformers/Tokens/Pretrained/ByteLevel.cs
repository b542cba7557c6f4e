using System.Collections.Frozen;
using System.Text;

namespace Warp.Transformers;

/// <summary>The alphabet of byte-level vocabularies (GPT-2): every byte is a printable character, itself where it is one.</summary>
internal static class ByteLevel
{
    /// <summary>How GPT-2 splits a text into words.</summary>
    internal const string WordPattern = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const int FirstSubstitute = 0x100;
    private static readonly char[] Characters = MakeCharacters();
    private static readonly FrozenDictionary<char, byte> Bytes = Characters.Select((character, value) => (character, value)).ToFrozenDictionary(p => p.character, p => (byte)p.value);

    /// <summary>The UTF-8 bytes of a text as characters.</summary>
    internal static string Encode(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(value => Characters[value]));

    /// <summary>The text of tokens, whose bytes may only together be whole characters; what is no UTF-8 becomes U+FFFD.</summary>
    /// <remarks>A token with a character outside the alphabet, such as an added one, stands for its own text.</remarks>
    internal static string Decode(IEnumerable<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens)
        {
            if (token.All(Bytes.ContainsKey))
                bytes.AddRange(token.Select(character => Bytes[character]));
            else
                bytes.AddRange(Encoding.UTF8.GetBytes(token));
        }

        return Encoding.UTF8.GetString([.. bytes]);
    }

    private static char[] MakeCharacters()
    {
        var substitute = FirstSubstitute;
        return [.. Enumerable.Range(0, 256).Select(value =>
            (char)(value is (>= '!' and <= '~') or (>= '¡' and <= '¬') or (>= '®' and <= 'ÿ') ? value : substitute++))];
    }
}
