namespace Warp.Tool.Input;

/// <summary>Guesses what was meant by a name that does not exist.</summary>
internal static class Nearest
{
    // What other tools, or another command, call the same.
    private static readonly (string Typed, string Meant)[] Synonyms =
    [
        ("--eta", "--liti"), ("--liti", "--eta"), ("--output", "--out"), ("-o", "--out"), ("--policy", "--policies"), ("--models", "--policies"), ("--base", "--init"),
        ("--base-model", "--init"), ("--force", "--overwrite"), ("--type", "--dtype"),
    ];

    /// <summary>The one of the names that was probably meant; null if none is near.</summary>
    internal static string? Of(string typed, IReadOnlyCollection<string> names)
    {
        foreach (var (other, meant) in Synonyms)
        {
            if (other == typed && names.Contains(meant, StringComparer.Ordinal))
                return meant;
        }

        var nearest = names.MinBy(n => Distance(typed.ToLowerInvariant(), n));
        return nearest is not null && Distance(typed.ToLowerInvariant(), nearest) <= Math.Max(1, typed.TrimStart('-').Length / 3) ? nearest : null;
    }

    /// <summary>The fewest insertions, deletions, replacements and exchanges of neighbours between two words.</summary>
    internal static int Distance(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                var replaced = table[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(replaced, 1 + Math.Min(table[i - 1, j], table[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }

        return table[a.Length, b.Length];
    }
}
