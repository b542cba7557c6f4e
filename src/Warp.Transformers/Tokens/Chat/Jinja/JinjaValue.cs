using System.Globalization;
using System.Runtime.CompilerServices;

namespace Warp.Transformers;

/// <summary>
/// Values as Python has them: <see langword="null"/> for None, <see cref="bool"/>, <see cref="long"/>, <see cref="string"/>, lists, dictionaries
/// with text as keys, and undefined.
/// </summary>
internal static class JinjaValue
{
    internal static bool IsTrue(object? value) => value switch
    {
        null or JinjaUndefined => false,
        bool flag => flag,
        long number => number != 0,
        string text => text.Length > 0,
        List<object?> list => list.Count > 0,
        Dictionary<string, object?> map => map.Count > 0,
        _ => true,
    };

    internal static string Kind(object? value) => value switch
    {
        null => "none",
        JinjaUndefined undefined => $"the undefined {undefined.Name}",
        bool => "a flag",
        long => "a number",
        string => "text",
        List<object?> => "a list",
        Dictionary<string, object?> => "a dictionary",
        JinjaNamespace => "a namespace",
        _ => "a function",
    };

    /// <summary>What <c>{{ … }}</c> writes.</summary>
    internal static string Text(object? value, JinjaRun run) => value switch
    {
        null => "None",
        JinjaUndefined => "",
        true => "True",
        false => "False",
        long number => number.ToString(CultureInfo.InvariantCulture),
        string text => text,
        _ => throw run.Refused($"{Kind(value)} as text"),
    };

    internal static new bool Equals(object? left, object? right)
    {
        RuntimeHelpers.EnsureSufficientExecutionStack(); // A template may nest values without end.
        return (left, right) switch
        {
            (null, null) => true,
            (string first, string second) => first == second,
            (JinjaUndefined, JinjaUndefined) => true,
            (List<object?> first, List<object?> second) => first.Count == second.Count && first.Zip(second).All(pair => Equals(pair.First, pair.Second)),
            (Dictionary<string, object?> first, Dictionary<string, object?> second) =>
                first.Count == second.Count && first.All(entry => second.TryGetValue(entry.Key, out var value) && Equals(entry.Value, value)),
            _ => Number(left) is { } one && Number(right) is { } other ? one == other : left is JinjaNamespace && ReferenceEquals(left, right),
        };
    }

    /// <summary>A number, as which Python also takes true and false.</summary>
    internal static long? Number(object? value) => value switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        _ => null,
    };

    internal static bool Contains(object? container, object? item, JinjaRun run) => (container, item) switch
    {
        (string text, string part) => text.Contains(part, StringComparison.Ordinal),
        (List<object?> list, _) => list.Exists(value => Equals(value, item)),
        (Dictionary<string, object?> map, string key) => map.ContainsKey(key),
        (JinjaUndefined, _) => false,
        _ => throw run.Refused($"{Kind(item)} in {Kind(container)}"),
    };

    /// <summary>What a loop goes through.</summary>
    internal static List<object?> Items(object? value, JinjaRun run) => value switch
    {
        List<object?> list => list,
        Dictionary<string, object?> map => [.. map.Keys],
        string text => Characters(text),
        JinjaUndefined => [],
        _ => throw run.Refused($"a loop over {Kind(value)}"),
    };

    internal static object? Binary(string symbol, object? left, object? right, JinjaRun run) => (symbol, left, right) switch
    {
        ("==", _, _) => Equals(left, right),
        ("!=", _, _) => !Equals(left, right),
        ("in", _, _) => Contains(right, left, run),
        ("not in", _, _) => !Contains(right, left, run),
        ("~", _, _) => run.Bounded(Text(left, run) + Text(right, run)),
        ("+", string first, string second) => run.Bounded(first + second),
        ("+", List<object?> first, List<object?> second) => run.Bounded((List<object?>)[.. first, .. second]),
        ("<" or "<=" or ">" or ">=", string first, string second) => Compare(symbol, CompareText(first, second)),
        _ when Number(left) is { } one && Number(right) is { } other => Arithmetic(symbol, one, other, run),
        _ => throw run.Refused($"{Kind(left)} {symbol} {Kind(right)}"),
    };

    /// <summary>The part of a value that is named in brackets or behind a point; undefined if it has none.</summary>
    internal static object? Part(object? value, object? key, JinjaRun run) => (value, key) switch
    {
        (Dictionary<string, object?> map, string name) => map.TryGetValue(name, out var part) ? part : new JinjaUndefined(name),
        (JinjaNamespace space, string name) => space.Variables.TryGetValue(name, out var part) ? part : new JinjaUndefined(name),
        (List<object?> list, long index) => At(list.Count, index) is { } at ? list[at] : new JinjaUndefined($"item {index}"),
        (string text, long index) => Characters(text) is var characters && At(characters.Count, index) is { } at ? characters[at] : new JinjaUndefined($"item {index}"),
        (JinjaUndefined or null, _) => throw run.Refused($"a part of {Kind(value)}"),
        (_, string name) => new JinjaUndefined(name),
        _ => throw run.Refused($"{Kind(key)} as the index of {Kind(value)}"),
    };

    /// <summary>Python's slices.</summary>
    internal static object? Slice(object? value, long? start, long? stop, long? step, JinjaRun run)
    {
        var items = value switch
        {
            List<object?> list => list,
            string text => Characters(text),
            _ => throw run.Refused($"a slice of {Kind(value)}"),
        };
        if (step == 0)
            throw run.Refused("a slice with the step 0");
        var by = Math.Clamp(step ?? 1, -items.Count - 1L, items.Count + 1L); // a step further is out at once
        var (low, high) = by > 0 ? (0L, (long)items.Count) : (-1L, items.Count - 1L);
        var first = start is { } from ? Math.Clamp(from < 0 ? from + items.Count : from, low, high) : by > 0 ? low : high;
        var last = stop is { } to ? Math.Clamp(to < 0 ? to + items.Count : to, low, high) : by > 0 ? high : low;
        var taken = new List<object?>();
        for (var at = first; by > 0 ? at < last : at > last; at += by)
            taken.Add(items[(int)at]);
        return value is string ? string.Concat(taken) : taken;
    }

    /// <summary>Characters as Python counts them.</summary>
    internal static List<object?> Characters(string text) => [.. text.EnumerateRunes().Select(rune => rune.ToString())];

    private static int? At(int count, long index) => (index < 0 ? index + count : index) is var at && at >= 0 && at < count ? (int)at : null;

    private static object? Arithmetic(string symbol, long left, long right, JinjaRun run)
    {
        if (symbol is "%" or "//" && right == 0)
            throw run.Refused("a division by zero");
        try
        {
            return checked(symbol switch
            {
                "+" => left + right,
                "-" => left - right,
                "*" => left * right,
                "%" => (((left % right) + right) % right),
                "//" => (left - (((left % right) + right) % right)) / right,
                "<" or "<=" or ">" or ">=" => Compare(symbol, left.CompareTo(right)),
                _ => throw run.Refused($"a number {symbol} a number"),
            });
        }
        catch (OverflowException)
        {
            throw run.Refused("a number beyond 64 bits");
        }
    }

    private static bool Compare(string symbol, int order) => symbol switch
    {
        "<" => order < 0,
        "<=" => order <= 0,
        ">" => order > 0,
        _ => order >= 0,
    };

    // By code points, not by the halves of surrogate pairs.
    private static int CompareText(string left, string right)
    {
        foreach (var (first, second) in left.EnumerateRunes().ToArray().Zip(right.EnumerateRunes().ToArray()))
        {
            if (first != second)
                return first.CompareTo(second);
        }

        return left.Length.CompareTo(right.Length);
    }
}
