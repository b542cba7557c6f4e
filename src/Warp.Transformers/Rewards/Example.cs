using System.Text.Json;

namespace Warp.Transformers;

/// <summary>One object of a file of examples, and the errors that name its place.</summary>
internal sealed class Example
{
    // Enough to recognise a value by.
    private const int LongestValue = 60;

    private readonly string _path;
    private readonly long _line;
    private readonly JsonElement _json;

    internal Example(string path, long line, JsonElement json)
    {
        (_path, _line, _json) = (path, line, json);
        if (json.ValueKind != JsonValueKind.Object)
            throw new ExampleFormatException(path, line, key: null, $"an example is {Shown(json)}; it must be an object");
    }

    internal bool Has(string key) => _json.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    internal JsonValueKind Kind(string key) => Value(key).ValueKind;

    internal string Text(string key) => Text(key, Value(key));

    internal bool Label(string key)
    {
        var value = Value(key);
        return value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number when value.TryGetDouble(out var number) && number is 0 or 1 => number == 1,
            JsonValueKind.String when Text(key, value) is "pos" or "positive" => true,
            JsonValueKind.String when Text(key, value) is "neg" or "negative" => false,
            _ => throw Refusal(key, $"it is {Shown(value)}; it may be \"pos\" or \"neg\", \"positive\" or \"negative\", 1 or 0, true or false"),
        };
    }

    internal IReadOnlyList<ChatMessage> Messages(string key)
    {
        var list = Value(key);
        return list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(message => Message(key, message))]
            : throw Refusal(key, $"it is {Shown(list)}; it must be a list of messages");
    }

    internal ChatMessage Message(string key) => Message(key, Value(key));

    internal ExampleFormatException Refusal(string key, string problem, Exception? cause = null) => new(_path, _line, key, problem, cause);

    private JsonElement Value(string key) => Has(key)
        ? _json.GetProperty(key)
        : throw Refusal(key, $"it is missing; the example has {string.Join(", ", _json.EnumerateObject().Select(p => $"'{p.Name}'").DefaultIfEmpty("no keys"))}");

    private string Text(string key, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw Refusal(key, $"it is {Shown(value)}; it must be a text");
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException failure)
        {
            throw Refusal(key, "it has half of a surrogate pair, which no text has", failure);
        }
    }

    private ChatMessage Message(string key, JsonElement message)
    {
        if (message.ValueKind == JsonValueKind.Object)
        {
            if (message.TryGetProperty("from", out var from) && message.TryGetProperty("value", out var value))
                return new(Role(key, Text(key, from)), Text(key, value));
            if (message.TryGetProperty("role", out var role) && message.TryGetProperty("content", out var content))
                return new(Role(key, Text(key, role)), Text(key, content));
        }

        throw Refusal(key, $"a message is {Shown(message)}; it must be {{\"role\", \"content\"}} or {{\"from\", \"value\"}}");
    }

    private string Role(string key, string role) => role switch
    {
        "user" or "human" => "user",
        "assistant" or "gpt" => "assistant",
        "system" => "system",
        _ => throw Refusal(key, $"the role of a message is '{role}'; it may be system, user (human) or assistant (gpt)"),
    };

    private static string Shown(JsonElement value)
    {
        var text = value.GetRawText();
        return text.Length <= LongestValue ? text : text[..LongestValue] + "…";
    }
}
