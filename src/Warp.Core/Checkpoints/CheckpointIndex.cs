using System.Text.Json;

namespace Warp;

/// <summary>Which file of a folder holds which tensor. Nobody vouches for it.</summary>
internal static class CheckpointIndex
{
    /// <summary>Reads <c>weight_map</c>: tensor → file name, which is checked to be the name of a safetensors file in the same folder.</summary>
    /// <param name="path">The file to read.</param>
    /// <param name="file">For messages.</param>
    internal static Dictionary<string, string> Read(string path, string file)
    {
        var bytes = BoundedFile.Read(path, SafetensorsHeader.MaxBytes, file);
        return bytes.Length > 0 ? Parse(bytes, file) : throw Malformed("it is empty.", file);
    }

    internal static Dictionary<string, string> Parse(ReadOnlySpan<byte> bytes, string file)
    {
        try
        {
            if (!System.Text.Unicode.Utf8.IsValid(bytes))
                throw Malformed("it is not valid UTF-8.", file);
            var map = ReadRoot(bytes, file) ?? throw Malformed("it has no weight_map, which says tensor → file.", file);
            var bad = map.Values.Distinct(StringComparer.Ordinal).Where(n => !IsPlainName(n)).Order(StringComparer.Ordinal).ToList();
            return bad.Count == 0 ? map : throw Malformed(
                $"shards must be .safetensors files in the folder itself, named without a path; these are not:{ProblemList.Lines([.. bad.Select(n => $"'{n}'")])}", file);
        }
        catch (JsonException failure)
        {
            throw Malformed($"it is not valid JSON ({failure.Message}).", file, failure);
        }
        catch (InvalidOperationException failure)
        {
            // An escaped surrogate without its partner passes as JSON but is no text.
            throw Malformed("it has an escape sequence that is no text.", file, failure);
        }
    }

    /// <summary>Not a path on any system: neither separators, nor a drive, nor control characters.</summary>
    internal static bool IsPlainName(string name) =>
        name.Length is > 0 and <= 255
        && name[0] != '.'
        && name.EndsWith(CheckpointFolder.Extension, StringComparison.Ordinal)
        && !name.AsSpan().ContainsAny(['/', '\\', ':'])
        && !name.Any(char.IsControl);

    private static Dictionary<string, string>? ReadRoot(ReadOnlySpan<byte> bytes, string file)
    {
        Dictionary<string, string>? map = null;
        var json = new Utf8JsonReader(bytes);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            throw Malformed("it must be an object.", file);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isMap = json.ValueTextEquals("weight_map"u8);
            json.Read();
            if (!isMap)
                json.Skip();
            else if (map is null)
                map = ReadMap(ref json, file);
            else
                throw Malformed("weight_map is given twice.", file);
        }

        json.Read(); // Throws if anything but white space follows the object.
        return map;
    }

    private static Dictionary<string, string> ReadMap(ref Utf8JsonReader json, string file)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        if (json.TokenType != JsonTokenType.StartObject)
            throw Malformed("weight_map must be an object of strings.", file);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String)
                throw new SafetensorsException("its file in weight_map must be a string.", file, name);
            if (!map.TryAdd(name, json.GetString()!))
                throw new SafetensorsException("it is given twice in weight_map.", file, name);
        }

        return map;
    }

    private static SafetensorsException Malformed(string problem, string file, Exception? cause = null) => new(problem, file, tensor: null, cause);
}
