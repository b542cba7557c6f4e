using System.Globalization;
using System.Text;

namespace Warp.Transformers;

/// <summary>The <c>decoder</c> of a tokenizer file: what is done to tokens before they are put together to a text.</summary>
internal static class Decoders
{
    private const string Supported = "Sequence, ByteLevel, Metaspace, Replace, ByteFallback, Fuse and Strip are supported";

    /// <summary>Reads it; without one the tokens are put together with spaces, as Hugging Face's tokenizers do.</summary>
    internal static Func<IReadOnlyList<string>, IReadOnlyList<string>> Read(Setting? setting)
    {
        if (setting is not { } decoder)
            return tokens => [string.Join(' ', tokens)];
        var type = decoder.Need("type");
        switch (type.Text())
        {
            case "Sequence":
                var steps = decoder.Need("decoders").Items().Select(step => Read(step)).ToArray();
                return tokens => steps.Aggregate(tokens, (current, step) => step(current));
            case "ByteLevel":
                return tokens => [ByteLevel.Decode(tokens)];
            case "Metaspace":
                return Metaspace.Read(decoder).Unmark;
            case "Replace":
                var (matches, content) = (TextPattern.Read(decoder.Need("pattern")), decoder.Need("content").Text());
                return tokens => [.. tokens.Select(token => TextPattern.Replace(token, matches(token), content))];
            case "ByteFallback":
                return ByteFallback;
            case "Fuse":
                return tokens => [string.Concat(tokens)];
            case "Strip":
                var (start, stop) = (decoder.Need("start").Id(), decoder.Need("stop").Id());
                return Strip(Character(decoder.Need("content")), start, stop);
            default:
                throw type.Refused($"the decoder {type.Shown()} is not supported; {Supported}.");
        }
    }

    /// <summary>Tokens of single bytes, such as &lt;0xE2&gt;, put together; a run of them that is no UTF-8 becomes one U+FFFD for each.</summary>
    internal static IReadOnlyList<string> ByteFallback(IReadOnlyList<string> tokens)
    {
        var (decoded, bytes) = (new List<string>(tokens.Count), new List<byte>());
        foreach (var token in tokens)
        {
            if (ByteOf(token) is { } value)
            {
                bytes.Add(value);
                continue;
            }

            Flush();
            decoded.Add(token);
        }

        Flush();
        return decoded;

        void Flush()
        {
            if (bytes.Count == 0)
                return;
            var text = Encoding.UTF8.GetString([.. bytes]);
            decoded.Add(System.Text.Unicode.Utf8.IsValid([.. bytes]) ? text : new string('\uFFFD', bytes.Count));
            bytes.Clear();
        }
    }

    /// <summary>The byte that a token such as &lt;0xE2&gt; stands for.</summary>
    internal static byte? ByteOf(string token) =>
        token is ['<', '0', 'x', _, _, '>'] && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <summary>Takes up to so many of a character from both ends of every token.</summary>
    internal static Func<IReadOnlyList<string>, IReadOnlyList<string>> Strip(char character, int start, int stop) => tokens => [.. tokens.Select(token =>
    {
        var first = 0;
        while (first < Math.Min(start, token.Length) && token[first] == character)
            first++;
        var last = token.Length;
        while (last > first && token.Length - last < stop && token[last - 1] == character)
            last--;
        return token[first..last];
    })];

    private static char Character(Setting setting) =>
        setting.Text() is [var character] ? character : throw setting.Refused($"it is {setting.Shown()}; one character is expected.");
}
