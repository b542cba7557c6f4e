using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Warp.Transformers;

/// <summary>A file of JSON objects: one per line, or in one array.</summary>
internal static class ExampleFile
{
    // An array is held in memory as a whole, and positions in it are 32-bit.
    private const long MostBytes = 1L << 30;

    internal static IEnumerable<Example> Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (new FileInfo(path) is { Exists: true, Length: > MostBytes } large)
            throw new ExampleFormatException(path, 1, key: null, $"the file has {large.Length} bytes, more than {MostBytes}; divide it");
        var bytes = File.ReadAllBytes(path).AsMemory();
        if (bytes.Span.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[Encoding.UTF8.Preamble.Length..];
        RefuseOtherEncodings(path, bytes.Span);
        return bytes.Span.TrimStart(" \t\r\n"u8) is [(byte)'[', ..] ? Array(path, bytes) : Lines(path, bytes);
    }

    // The reader of JSON would notice it late, and say something else.
    private static void RefuseOtherEncodings(string path, ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
            return;
        var line = 0L;
        foreach (var range in bytes.Split((byte)'\n'))
        {
            line++;
            if (!Utf8.IsValid(bytes[range]))
                throw new ExampleFormatException(path, line, key: null, "this is not UTF-8; save the file in that encoding");
        }
    }

    private static IEnumerable<Example> Lines(string path, ReadOnlyMemory<byte> bytes)
    {
        for (var line = 1L; bytes.Length > 0; line++)
        {
            var end = bytes.Span.IndexOf((byte)'\n');
            var text = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            if (text.Span.Trim(" \t\r"u8).Length > 0)
                yield return new(path, line, Parse(path, line, text));
        }
    }

    private static List<Example> Array(string path, ReadOnlyMemory<byte> bytes)
    {
        var examples = new List<Example>();
        var reader = new Utf8JsonReader(bytes.Span);
        try
        {
            reader.Read();
            var (line, counted) = (1L, 0);
            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                var start = (int)reader.TokenStartIndex;
                line += bytes.Span[counted..start].Count((byte)'\n');
                counted = start;
                using var json = JsonDocument.ParseValue(ref reader);
                examples.Add(new(path, line, json.RootElement.Clone()));
            }

            // What follows the array is an error, too.
            while (reader.Read())
            {
            }

            return examples;
        }
        catch (JsonException failure)
        {
            throw Malformed(path, (failure.LineNumber ?? 0) + 1, failure);
        }
    }

    private static JsonElement Parse(string path, long line, ReadOnlyMemory<byte> text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.Clone();
        }
        catch (JsonException failure)
        {
            throw Malformed(path, line, failure);
        }
    }

    private static ExampleFormatException Malformed(string path, long line, JsonException failure) =>
        new(path, line, key: null, $"this is not JSON (byte {failure.BytePositionInLine}); give one object per line, or one array of objects", failure);
}
