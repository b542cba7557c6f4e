using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Warp;

/// <summary>Writes a header: its length, then JSON, padded with spaces so that the data begin at a multiple of 8.</summary>
internal static class SafetensorsHeaderWriter
{
    private const int Alignment = 8;

    // Names are not HTML: only what JSON itself asks for is escaped.
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static byte[] Write(SafetensorsHeader header, string file)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Advance(Clear(buffer.GetSpan(SafetensorsHeader.PrefixBytes)[..SafetensorsHeader.PrefixBytes]));
        using (var json = new Utf8JsonWriter(buffer, Compact))
        {
            json.WriteStartObject();
            WriteMetadata(json, header.Metadata);
            foreach (var entry in header.Entries)
                WriteEntry(json, entry);
            json.WriteEndObject();
        }

        var padding = (Alignment - buffer.WrittenCount % Alignment) % Alignment;
        buffer.Write("       "u8[..padding]);
        var bytes = buffer.WrittenSpan.ToArray();
        var length = bytes.Length - SafetensorsHeader.PrefixBytes;
        if (length > SafetensorsHeader.MaxBytes)
            throw new SafetensorsException($"the header has {length} bytes, and readers accept at most {SafetensorsHeader.MaxBytes}; write less metadata.", file, tensor: null);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)length);
        return bytes;
    }

    private static int Clear(Span<byte> prefix)
    {
        prefix.Clear();
        return prefix.Length;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
            return;
        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach (var (key, value) in metadata.OrderBy(m => m.Key, StringComparer.Ordinal))
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    private static void WriteEntry(Utf8JsonWriter json, SafetensorsEntry entry)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", entry.Type.Name);
        json.WriteStartArray("shape");
        foreach (var size in entry.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(entry.Begin);
        json.WriteNumberValue(entry.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
