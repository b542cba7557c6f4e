using System.Globalization;
using System.Text;

namespace Warp.Transformers;

/// <summary>NFC and NFD of Unicode (UAX 15).</summary>
/// <remarks>Not the runtime's: that one leaves text as it is in programs without ICU, and changes with ICU's version.</remarks>
internal static class CanonicalForm
{
    private const int HangulBase = 0xAC00;
    private const int LeadBase = 0x1100;
    private const int VowelBase = 0x1161;
    private const int TrailBase = 0x11A7;
    private const int Leads = 19;
    private const int Vowels = 21;
    private const int Trails = 28;

    private static readonly Lazy<Table> Data = new(Load);

    /// <summary>The text with every character taken apart.</summary>
    internal static string Decompose(string text) => text.AsSpan().ContainsAnyExceptInRange('\0', '\u00BF') ? Text(Decomposed(text)) : text;

    /// <summary>The text with every character taken apart and put together again.</summary>
    internal static string Compose(string text)
    {
        // Nothing below U+0300 combines with what is before it.
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\u02FF'))
            return text;
        var points = Decomposed(text);
        var (starter, kept, last) = (-1, 0, 0);
        for (var at = 0; at < points.Count; at++)
        {
            var point = points[at];
            var combining = Class(point);
            // A mark is blocked from its starter by one of its own class, or of class 0, between them.
            if (starter >= 0 && (kept == starter + 1 || (last != 0 && last < combining)) && Pair(points[starter], point) is { } composed)
            {
                points[starter] = composed;
                continue;
            }

            if (combining == 0)
                starter = kept;
            (points[kept++], last) = (point, combining);
        }

        points.RemoveRange(kept, points.Count - kept);
        return Text(points);
    }

    private static List<int> Decomposed(string text)
    {
        var points = new List<int>(text.Length);
        foreach (var rune in text.EnumerateRunes())
            Append(rune.Value, points);

        // Marks in the order of their classes; those of one class keep theirs.
        for (var from = 0; from < points.Count; from++)
        {
            if (Class(points[from]) == 0)
                continue;
            var to = from + 1;
            while (to < points.Count && Class(points[to]) != 0)
                to++;
            if (to - from > 1)
            {
                int[] ordered = [.. points[from..to].OrderBy(Class)];
                for (var at = from; at < to; at++)
                    points[at] = ordered[at - from];
            }

            from = to;
        }

        return points;
    }

    private static void Append(int point, List<int> points)
    {
        if (point - HangulBase is >= 0 and < Leads * Vowels * Trails and var syllable)
        {
            points.Add(LeadBase + (syllable / (Vowels * Trails)));
            points.Add(VowelBase + (syllable / Trails % Vowels));
            if (syllable % Trails is > 0 and var trail)
                points.Add(TrailBase + trail);
        }
        else if (Data.Value.Apart.TryGetValue(point, out var parts))
        {
            foreach (var part in parts)
                Append(part, points);
        }
        else
        {
            points.Add(point);
        }
    }

    private static int? Pair(int first, int second)
    {
        if (first - LeadBase is >= 0 and < Leads and var lead && second - VowelBase is >= 0 and < Vowels and var vowel)
            return HangulBase + (((lead * Vowels) + vowel) * Trails);
        if (first - HangulBase is >= 0 and < Leads * Vowels * Trails and var syllable && syllable % Trails == 0 && second - TrailBase is > 0 and < Trails and var trail)
            return first + trail;
        return Data.Value.Together.TryGetValue((first, second), out var composed) ? composed : null;
    }

    private static int Class(int point) => point < 0x300 ? 0 : Data.Value.Classes.GetValueOrDefault(point);

    private static string Text(List<int> points)
    {
        var text = new StringBuilder(points.Count);
        foreach (var point in points)
            text.Append(new Rune(point).ToString());
        return text.ToString();
    }

    private static Table Load()
    {
        using var stream = typeof(CanonicalForm).Assembly.GetManifestResourceStream("Warp.Transformers.CanonicalForms.txt")!;
        using var reader = new StreamReader(stream);
        var table = new Table([], [], []);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#'))
                continue;
            if (line.Split('=') is [var character, var decomposition])
            {
                int[] parts = [.. decomposition.TrimEnd('!').Split(' ').Select(Point)];
                table.Apart.Add(Point(character), parts);
                if (!decomposition.EndsWith('!'))
                    table.Together.Add((parts[0], parts[1]), Point(character));
            }
            else if (line.Split('-', ':') is [var first, var last, var combining])
            {
                for (var point = Point(first); point <= Point(last); point++)
                    table.Classes.Add(point, byte.Parse(combining, CultureInfo.InvariantCulture));
            }
        }

        return table;
    }

    private static int Point(string hexadecimal) => int.Parse(hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    private sealed record Table(Dictionary<int, int[]> Apart, Dictionary<(int First, int Second), int> Together, Dictionary<int, byte> Classes);
}
