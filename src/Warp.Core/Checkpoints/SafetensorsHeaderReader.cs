using System.Text.Json;
using System.Text.Unicode;

namespace Warp;

/// <summary>Reads a header from bytes that nobody vouches for. Whatever is wrong ends in a <see cref="SafetensorsException"/>.</summary>
internal static class SafetensorsHeaderReader
{
    /// <param name="json">The header without the length in front of it.</param>
    /// <param name="dataBytes">How many bytes of data follow the header.</param>
    /// <param name="file">For messages.</param>
    internal static SafetensorsHeader Read(ReadOnlySpan<byte> json, long dataBytes, string file)
    {
        if (json.IsEmpty || json[0] != (byte)'{')
            throw Malformed("the header does not begin with '{'.", file);
        if (!Utf8.IsValid(json))
            throw Malformed("the header is not valid UTF-8.", file);

        SafetensorsHeader header;
        try
        {
            header = Parse(json, file);
        }
        catch (JsonException failure)
        {
            throw Malformed($"the header is not valid JSON ({failure.Message}).", file, failure);
        }
        catch (InvalidOperationException failure)
        {
            // An escaped surrogate without its partner passes as JSON but is no text.
            throw Malformed("the header has an escape sequence that is no text.", file, failure);
        }

        SafetensorsCoverage.Check(header.Entries, dataBytes, file);
        return header;
    }

    private static SafetensorsHeader Parse(ReadOnlySpan<byte> bytes, string file)
    {
        var json = new Utf8JsonReader(bytes);
        var entries = new List<SafetensorsEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        IReadOnlyDictionary<string, string> metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (!names.Add(name))
                throw new SafetensorsException("the name is given twice.", file, name);
            json.Read();
            if (name == SafetensorsHeader.MetadataKey)
                metadata = ReadMetadata(ref json, file);
            else
                entries.Add(ReadEntry(ref json, name, file));
        }

        json.Read(); // Throws if anything but white space follows the object.
        return new(IsInOrder(entries) ? entries : [.. entries.OrderBy(e => e.Begin).ThenBy(e => e.End)], metadata);
    }

    // Nearly always; sorting takes as much memory again.
    private static bool IsInOrder(List<SafetensorsEntry> entries)
    {
        for (var i = 1; i < entries.Count; i++)
        {
            if ((entries[i].Begin, entries[i].End).CompareTo((entries[i - 1].Begin, entries[i - 1].End)) < 0)
                return false;
        }

        return true;
    }

    private static Dictionary<string, string> ReadMetadata(ref Utf8JsonReader json, string file)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (json.TokenType != JsonTokenType.StartObject)
            throw Malformed($"'{SafetensorsHeader.MetadataKey}' is {Described(json.TokenType)}; it must be an object of strings.", file);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String)
                throw Malformed($"the metadata entry '{key}' is {Described(json.TokenType)}; it must be a string.", file);
            if (!metadata.TryAdd(key, json.GetString()!))
                throw Malformed($"the metadata entry '{key}' is given twice.", file);
        }

        return metadata;
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader json, string name, string file)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw new SafetensorsException("a tensor must have a name.", file, name);
        if (name.Length > SafetensorsEntry.MaxNameLength)
            throw new SafetensorsException($"its name has {name.Length} characters; at most {SafetensorsEntry.MaxNameLength} are accepted.", file, name);
        if (json.TokenType != JsonTokenType.StartObject)
            throw new SafetensorsException($"its entry is {Described(json.TokenType)}; it must be an object with dtype, shape and data_offsets.", file, name);

        SafetensorsType? type = null;
        long[]? shape = null, offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var field = json.GetString();
            json.Read();
            var repeated = false;
            switch (field)
            {
                case "dtype":
                    repeated = type is not null;
                    type = ReadType(ref json, name, file);
                    break;
                case "shape":
                    repeated = shape is not null;
                    shape = ReadNumbers(ref json, field, SafetensorsEntry.MaxDimensions, name, file);
                    break;
                case "data_offsets":
                    repeated = offsets is not null;
                    offsets = ReadNumbers(ref json, field, 2, name, file);
                    break;
                default:
                    json.Skip(); // The format may grow.
                    break;
            }

            if (repeated)
                throw new SafetensorsException($"{field} is given twice.", file, name);
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
            throw new SafetensorsException("its entry must have dtype, shape and two data_offsets.", file, name);
        return new(name, type, shape, begin, end);
    }

    private static SafetensorsType ReadType(ref Utf8JsonReader json, string name, string file)
    {
        var type = json.TokenType == JsonTokenType.String ? json.GetString()! : Described(json.TokenType);
        return (json.TokenType == JsonTokenType.String ? SafetensorsType.Find(type) : null) ?? throw new SafetensorsException(
            $"its dtype is {(type.Length <= 40 ? type : type[..40])}; a dtype is a string of letters, digits and '_', such as F32.", file, name);
    }

    private static long[] ReadNumbers(ref Utf8JsonReader json, string field, int most, string name, string file)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw new SafetensorsException($"{field} is {Described(json.TokenType)}; it must be an array of whole numbers.", file, name);
        var numbers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var number) || number < 0)
                throw new SafetensorsException($"{field} must hold whole numbers from 0 to 2⁶³ − 1.", file, name);
            if (numbers.Count == most)
                throw new SafetensorsException($"{field} has more than {most} numbers.", file, name);
            numbers.Add(number);
        }

        return [.. numbers];
    }

    private static string Described(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        JsonTokenType.Null => "null",
        _ => "a truth value",
    };

    private static SafetensorsException Malformed(string problem, string file, Exception? cause = null) => new(problem, file, tensor: null, cause);
}
