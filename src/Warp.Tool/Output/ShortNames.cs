namespace Warp.Tool.Output;

/// <summary>Names with their middle left out.</summary>
internal static class ShortNames
{
    /// <summary>Shorter ones tell nothing.</summary>
    private const int Least = 12;

    /// <summary>The names at <paramref name="length"/>, or at the least length at which they can still be told from one another.</summary>
    internal static IReadOnlyList<string> Of(IReadOnlyList<string> names, int length)
    {
        var different = names.Distinct(StringComparer.Ordinal).ToList();
        var longest = different.Select(n => n.Length).DefaultIfEmpty(0).Max();
        for (length = Math.Max(Least, length); length < longest; length++)
        {
            if (different.Select(n => Shortened(n, length)).Distinct(StringComparer.Ordinal).Count() == different.Count)
                break;
        }

        return [.. names.Select(n => Shortened(n, length))];
    }

    private static string Shortened(string name, int length)
    {
        if (name.Length <= length)
            return name;
        var begin = (length - 1) / 2;
        return $"{name.AsSpan(0, begin)}…{name.AsSpan(name.Length - (length - 1 - begin))}";
    }
}
