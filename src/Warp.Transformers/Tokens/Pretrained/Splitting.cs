namespace Warp.Transformers;

/// <summary>Splits pieces by matches.</summary>
internal static class Splitting
{
    /// <summary>The parts of a piece, none of them empty.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="matches">Ranges from left to right that do not overlap and are not empty.</param>
    /// <param name="behavior">What becomes of the matches.</param>
    /// <param name="invert">Whether what is between the matches counts as the matches.</param>
    internal static IEnumerable<Piece> Split(this Piece piece, IReadOnlyList<(int Start, int End)> matches, SplitBehavior behavior, bool invert = false)
    {
        var parts = Parts(matches, piece.Text.Length, invert);
        var merged = behavior switch
        {
            SplitBehavior.Removed => parts.Where(part => !part.IsMatch).ToList(),
            SplitBehavior.Isolated => parts,
            SplitBehavior.Contiguous => Merged(parts, (part, previous) => part.IsMatch == previous),
            SplitBehavior.MergedWithPrevious => Merged(parts, (part, previous) => part.IsMatch && !previous),
            _ => MergedWithNext(parts),
        };
        return merged.Select(part => new Piece(piece.Text[part.Start..part.End], piece.AtStart && part.Start == 0));
    }

    private static List<(int Start, int End, bool IsMatch)> Parts(IReadOnlyList<(int Start, int End)> matches, int length, bool invert)
    {
        var parts = new List<(int Start, int End, bool IsMatch)>();
        var done = 0;
        foreach (var (start, end) in matches)
        {
            if (done < start)
                parts.Add((done, start, invert));
            parts.Add((start, end, !invert));
            done = end;
        }

        if (done < length)
            parts.Add((done, length, invert));
        return parts;
    }

    private static List<(int Start, int End, bool IsMatch)> Merged(
        List<(int Start, int End, bool IsMatch)> parts, Func<(int Start, int End, bool IsMatch), bool, bool> joins)
    {
        var merged = new List<(int Start, int End, bool IsMatch)>();
        foreach (var part in parts)
        {
            var previous = merged.Count > 0 && merged[^1].IsMatch;
            if (merged.Count > 0 && joins(part, previous))
                merged[^1] = (merged[^1].Start, part.End, part.IsMatch);
            else
                merged.Add(part);
        }

        return merged;
    }

    private static List<(int Start, int End, bool IsMatch)> MergedWithNext(List<(int Start, int End, bool IsMatch)> parts)
    {
        var merged = new List<(int Start, int End, bool IsMatch)>();
        foreach (var part in Enumerable.Reverse(parts))
        {
            if (merged.Count > 0 && part.IsMatch && !merged[^1].IsMatch)
                merged[^1] = (part.Start, merged[^1].End, part.IsMatch);
            else
                merged.Add(part);
        }

        merged.Reverse();
        return merged;
    }
}
