using System.Globalization;

namespace Warp.Transformers;

/// <summary>The functions, filters, tests and methods that chat templates use. What is not here is refused by its name when it is reached.</summary>
internal static class JinjaCalls
{
    private const int LongestRange = 100_000; // Jinja's own limit in its sandbox.

    /// <summary>A function that transformers or Jinja gives to templates; null if there is none of the name.</summary>
    internal static Func<JinjaArguments, object?>? Function(string name) => name switch
    {
        "raise_exception" => arguments => throw new JinjaRaisedException(arguments.Text(0)),
        "namespace" => Namespace,
        "range" => Range,
        "strftime_now" => arguments => Date(arguments.Run.Time.GetLocalNow(), arguments.Text(0), arguments.Run),
        _ => null,
    };

    internal static object? Filter(string name, object? value, JinjaArguments arguments) => name switch
    {
        "trim" => Strip(JinjaValue.Text(value, arguments.Run), arguments, 0, left: true, right: true),
        "length" or "count" => Length(value, arguments.Run),
        "first" => JinjaValue.Items(value, arguments.Run) is [var first, ..] ? first : new JinjaUndefined("first item"),
        "last" => JinjaValue.Items(value, arguments.Run) is [.., var last] ? last : new JinjaUndefined("last item"),
        "list" => new List<object?>(JinjaValue.Items(value, arguments.Run)),
        "string" => JinjaValue.Text(value, arguments.Run),
        "upper" => Ascii(JinjaValue.Text(value, arguments.Run), name, arguments.Run).ToUpperInvariant(),
        "lower" => Ascii(JinjaValue.Text(value, arguments.Run), name, arguments.Run).ToLowerInvariant(),
        "capitalize" => Capitalized(JinjaValue.Text(value, arguments.Run), name, arguments.Run),
        "default" or "d" => value is JinjaUndefined || (JinjaValue.IsTrue(arguments.Get(1)) && !JinjaValue.IsTrue(value)) ? arguments.Get(0, absent: "") : value,
        "join" => arguments.Run.Bounded(string.Join(
            JinjaValue.Text(arguments.Get(0, absent: ""), arguments.Run), JinjaValue.Items(value, arguments.Run).Select(item => JinjaValue.Text(item, arguments.Run)))),
        "replace" => Replace(JinjaValue.Text(value, arguments.Run), arguments),
        "selectattr" => Select(value, arguments, keep: true),
        "rejectattr" => Select(value, arguments, keep: false),
        _ => throw arguments.Run.Refused($"the filter \"{name}\""),
    };

    internal static bool Test(string name, object? value, JinjaArguments arguments) => name switch
    {
        "defined" => value is not JinjaUndefined,
        "undefined" => value is JinjaUndefined,
        "none" => value is null,
        "string" => value is string,
        "number" => value is long or bool,
        "integer" => value is long,
        "boolean" => value is bool,
        "true" => value is true,
        "false" => value is false,
        "mapping" => value is Dictionary<string, object?>,
        "sequence" => value is string or List<object?> or Dictionary<string, object?> or JinjaUndefined,
        "iterable" => value is string or List<object?> or Dictionary<string, object?> or JinjaUndefined,
        "equalto" or "eq" or "==" => JinjaValue.Equals(value, arguments.Need(0)),
        "ne" or "!=" => !JinjaValue.Equals(value, arguments.Need(0)),
        "in" => JinjaValue.Contains(arguments.Need(0), value, arguments.Run),
        "even" => JinjaValue.Number(value) is { } number ? number % 2 == 0 : throw arguments.Run.Refused($"{JinjaValue.Kind(value)} is even"),
        "odd" => JinjaValue.Number(value) is { } number ? number % 2 != 0 : throw arguments.Run.Refused($"{JinjaValue.Kind(value)} is odd"),
        _ => throw arguments.Run.Refused($"the test \"{name}\""),
    };

    internal static object? Method(object? value, string name, JinjaArguments arguments) => (value, name) switch
    {
        (string text, "strip") => Strip(text, arguments, 0, left: true, right: true),
        (string text, "lstrip") => Strip(text, arguments, 0, left: true, right: false),
        (string text, "rstrip") => Strip(text, arguments, 0, left: false, right: true),
        (string text, "startswith") => text.StartsWith(arguments.Text(0), StringComparison.Ordinal),
        (string text, "endswith") => text.EndsWith(arguments.Text(0), StringComparison.Ordinal),
        (string text, "upper") => Ascii(text, name, arguments.Run).ToUpperInvariant(),
        (string text, "lower") => Ascii(text, name, arguments.Run).ToLowerInvariant(),
        (string text, "capitalize") => Capitalized(text, name, arguments.Run),
        (string text, "title") => Titled(text, name, arguments.Run),
        (string text, "replace") => Replace(text, arguments),
        (string text, "split") => Split(text, arguments),
        (Dictionary<string, object?> map, "items") => map.Select(entry => (object?)new List<object?> { entry.Key, entry.Value }).ToList(),
        (Dictionary<string, object?> map, "keys") => map.Keys.ToList<object?>(),
        (Dictionary<string, object?> map, "values") => map.Values.ToList(),
        (Dictionary<string, object?> map, "get") => map.TryGetValue(arguments.Text(0), out var found) ? found : arguments.Get(1),
        _ => throw arguments.Run.Refused($"{name}(…) of {JinjaValue.Kind(value)}"),
    };

    private static JinjaNamespace Namespace(JinjaArguments arguments)
    {
        if (arguments.Count > 0)
            throw arguments.Run.Refused("namespace() of a value without a name");
        var space = new JinjaNamespace();
        foreach (var (name, value) in arguments.Named)
            space.Variables[name] = value;
        return space;
    }

    private static List<object?> Range(JinjaArguments arguments)
    {
        var (start, stop) = arguments.Count == 1 ? (0, arguments.Number(0)) : (arguments.Number(0), arguments.Number(1));
        var step = arguments.Count > 2 ? arguments.Number(2) : 1;
        if (step == 0)
            throw arguments.Run.Refused("a range with the step 0");
        // In 128 bits, where neither the difference nor a step beyond the end wraps around.
        if (Int128.Abs((Int128)stop - start) / Int128.Abs(step) > LongestRange)
            throw arguments.Run.Refused($"a range of more than {LongestRange} numbers");
        var numbers = new List<object?>();
        for (Int128 number = start; step > 0 ? number < stop : number > stop; number += step)
            numbers.Add((long)number);
        return numbers;
    }

    private static long Length(object? value, JinjaRun run) => value switch
    {
        string text => text.EnumerateRunes().Count(),
        List<object?> list => list.Count,
        Dictionary<string, object?> map => map.Count,
        JinjaUndefined => 0,
        _ => throw run.Refused($"the length of {JinjaValue.Kind(value)}"),
    };

    private static string Strip(string text, JinjaArguments arguments, int at, bool left, bool right)
    {
        var characters = arguments.Get(at) is null ? null : arguments.Text(at);
        bool Goes(char character) => characters is null ? JinjaLexer.IsSpace(character) : characters.Contains(character);
        if (characters is not null && characters.Any(char.IsSurrogate))
            throw arguments.Run.Refused("stripping of characters beyond U+FFFF");
        var (from, to) = (0, text.Length);
        while (left && from < to && Goes(text[from]))
            from++;
        while (right && to > from && Goes(text[to - 1]))
            to--;
        return text[from..to];
    }

    private static string Replace(string text, JinjaArguments arguments)
    {
        var (old, replacement) = (arguments.Text(0), arguments.Text(1));
        if (old.Length == 0 || arguments.Count != 2)
            throw arguments.Run.Refused("replacing of the empty text, or only so often");
        return arguments.Run.Bounded(text.Replace(old, replacement, StringComparison.Ordinal));
    }

    private static List<object?> Split(string text, JinjaArguments arguments)
    {
        if (arguments.Get(0) is null)
            throw arguments.Run.Refused("split() at white space");
        var most = arguments.Count > 1 ? arguments.Number(1) : -1;
        var separator = arguments.Text(0) is { Length: > 0 } given ? given : throw arguments.Run.Refused("split() at the empty text");
        return [.. most < 0 ? text.Split(separator) : text.Split(separator, (int)Math.Min(most + 1, int.MaxValue))];
    }

    private static List<object?> Select(object? value, JinjaArguments arguments, bool keep)
    {
        var (attribute, run) = (arguments.Text(0), arguments.Run);
        return [.. JinjaValue.Items(value, run).Where(item =>
        {
            var part = attribute.Split('.').Aggregate(item, (current, name) => JinjaValue.Part(current, name, run));
            return keep == (arguments.Count == 1 ? JinjaValue.IsTrue(part) : Test(arguments.Text(1), part, arguments.From(2)));
        })];
    }

    // Other letters may become several when their case changes.
    private static string Ascii(string text, string name, JinjaRun run) => text.All(char.IsAscii) ? text : throw run.Refused($"{name} of other than ASCII characters");

    private static string Capitalized(string text, string name, JinjaRun run) =>
        Ascii(text, name, run) is { Length: > 0 } ascii ? char.ToUpperInvariant(ascii[0]) + ascii[1..].ToLowerInvariant() : text;

    // A capital at the beginning of every run of letters.
    private static string Titled(string text, string name, JinjaRun run) => string.Concat(Ascii(text, name, run).ToLowerInvariant().Select((character, at) =>
        at > 0 && char.IsAsciiLetter(text[at - 1]) ? character : char.ToUpperInvariant(character)));

    private static string Date(DateTimeOffset now, string format, JinjaRun run)
    {
        var text = new System.Text.StringBuilder();
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                text.Append(format[at]);
                continue;
            }

            var code = ++at < format.Length ? format[at] : '\0';
            text.Append(code switch
            {
                'd' => now.ToString("dd", CultureInfo.InvariantCulture),
                'm' => now.ToString("MM", CultureInfo.InvariantCulture),
                'y' => now.ToString("yy", CultureInfo.InvariantCulture),
                'Y' => now.ToString("yyyy", CultureInfo.InvariantCulture),
                'b' => now.ToString("MMM", CultureInfo.InvariantCulture),
                'B' => now.ToString("MMMM", CultureInfo.InvariantCulture),
                'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
                'A' => now.ToString("dddd", CultureInfo.InvariantCulture),
                'H' => now.ToString("HH", CultureInfo.InvariantCulture),
                'M' => now.ToString("mm", CultureInfo.InvariantCulture),
                'S' => now.ToString("ss", CultureInfo.InvariantCulture),
                '%' => "%",
                _ => throw run.Refused($"the date format %{code}"),
            });
        }

        return text.ToString();
    }
}
