using System.Text.Json;

namespace Warp.Transformers;

/// <summary>A value of a JSON file that knows where it stands, so that whatever is wrong with it is reported by name.</summary>
internal readonly struct Setting(JsonElement value, string file, string path, int index = -1)
{
    private const int LongestShown = 100;

    /// <summary>Where the value stands, for example <c>model.vocab</c>; empty for the whole file.</summary>
    internal string Path => index < 0 ? path : $"{path}[{index}]"; // Not before it is needed: a list of merges has half a million.

    internal Place Place => new(file, Path);

    internal bool IsText => value.ValueKind == JsonValueKind.String;

    internal bool IsList => value.ValueKind == JsonValueKind.Array;

    internal bool IsObject => value.ValueKind == JsonValueKind.Object;

    /// <summary>Reads a file.</summary>
    /// <exception cref="TokenizerException">It is too large, or no JSON object.</exception>
    internal static Setting Read(string file, long maxBytes)
    {
        if (new FileInfo(file).Length is var length && length > maxBytes)
            throw new TokenizerException($"it has {length} bytes; at most {maxBytes} are read.", file, setting: null);
        try
        {
            using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(file));
            return new Setting(json.RootElement.Clone(), file, "") is { IsObject: true } setting
                ? setting
                : throw new TokenizerException("it is not a JSON object.", file, setting: null);
        }
        catch (JsonException failure)
        {
            throw new TokenizerException($"it is not JSON: {failure.Message}", file, setting: null, failure);
        }
    }

    /// <summary>A member; null if it is absent or null.</summary>
    internal Setting? Find(string key)
    {
        if (!IsObject)
            throw Refused($"it is {Shown()} where an object is expected.");
        return value.TryGetProperty(key, out var member) && member.ValueKind != JsonValueKind.Null ? new Setting(member, file, Join(key)) : null;
    }

    /// <summary>A member that must be there.</summary>
    internal Setting Need(string key) => Find(key) ?? throw Refused($"it has no \"{key}\".");

    /// <summary>A flag that may be absent.</summary>
    internal bool Flag(string key, bool absent) => Find(key) is { } flag ? flag.Flag() : absent;

    internal bool Flag() => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Refused($"it is {Shown()}; true or false is expected."),
    };

    internal string Text()
    {
        try
        {
            return IsText ? value.GetString()! : throw Refused($"it is {Shown()} where text is expected.");
        }
        catch (InvalidOperationException failure)
        {
            throw Place.Refused("it is text with half of a surrogate pair.", failure);
        }
    }

    internal int Id() => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var id) && id is >= 0 and < int.MaxValue
        ? id
        : throw Refused($"it is {Shown()}; an id, a whole number from 0, is expected.");

    /// <summary>A number, or 0 if it is absent.</summary>
    internal double Number(string key) => Find(key) is not { } number
        ? 0
        : number.Value.ValueKind == JsonValueKind.Number ? number.Value.GetDouble() : throw number.Refused($"it is {number.Shown()} where a number is expected.");

    internal IEnumerable<Setting> Items()
    {
        if (!IsList)
            throw Refused($"it is {Shown()} where a list is expected.");
        var (list, inFile, inPath) = (value, file, Path);
        return list.EnumerateArray().Select((item, at) => new Setting(item, inFile, inPath, at));
    }

    /// <summary>A list of texts.</summary>
    internal string[] Texts()
    {
        if (!IsList)
            throw Refused($"it is {Shown()} where a list is expected.");
        var (texts, at) = (new string[value.GetArrayLength()], 0);
        foreach (var item in value.EnumerateArray())
            texts[at++] = new Setting(item, file, path, index).Text();
        return texts;
    }

    internal IEnumerable<(string Key, Setting Value)> Members()
    {
        if (!IsObject)
            throw Refused($"it is {Shown()} where an object is expected.");
        foreach (var member in value.EnumerateObject())
            yield return (Name(member), new Setting(member.Value, file, path, index));
    }

    /// <summary>An error about this value.</summary>
    internal TokenizerException Refused(string problem) => Place.Refused(problem);

    /// <summary>The value as a message shows it.</summary>
    internal string Shown() => value.GetRawText() is var text && text.Length <= LongestShown ? text : $"{text.AsSpan(0, LongestShown)}…";

    private JsonElement Value => value;

    private string Join(string key) => path.Length == 0 ? key : $"{Path}.{key}";

    private string Name(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException failure)
        {
            throw Place.Refused("it has a key with half of a surrogate pair.", failure);
        }
    }
}
