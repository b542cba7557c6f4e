using System.Text;

namespace Warp.Tests;

/// <summary>GPT-2's characters for bytes, by its published rule: printable Latin-1 is itself, the rest count up from U+0100 in order.</summary>
internal static class ByteAlphabet
{
    private static readonly string[] Characters = Make();

    public static IReadOnlyList<string> All => Characters;

    public static string Of(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(value => Characters[value]));

    private static string[] Make()
    {
        var (characters, next) = (new string[256], 0x100);
        for (var value = 0; value < 256; value++)
        {
            var printable = (value >= 33 && value <= 126) || (value >= 161 && value <= 255 && value != 173);
            characters[value] = printable ? ((char)value).ToString() : ((char)next++).ToString();
        }

        return characters;
    }
}
