namespace Warp.Quickstart;

/// <summary>Makes preference pairs as a careless human judge would: by the gold score, with some labels the wrong way round.</summary>
public static class Preferences
{
    /// <summary>Pairs of neighbours (0 with 1, 2 with 3, …), each labelled by gold and then flipped with a probability. Ties are decided by chance.</summary>
    /// <param name="reviews">Word ids; an odd one at the end is left out.</param>
    /// <param name="gold">The true score.</param>
    /// <param name="flippedShare">Probability of a wrong label, from 0 to 0.5.</param>
    /// <param name="random">The only source of chance.</param>
    public static IReadOnlyList<PreferencePair> Label(
        IReadOnlyList<IReadOnlyList<int>> reviews, Func<IReadOnlyList<int>, double> gold, double flippedShare, RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(reviews);
        ArgumentNullException.ThrowIfNull(gold);
        ArgumentNullException.ThrowIfNull(random);
        if (!(flippedShare is >= 0 and <= 0.5))
            throw new ArgumentOutOfRangeException(nameof(flippedShare), flippedShare, "The share of flipped labels is from 0 to 0.5.");
        return [.. reviews.Chunk(2).Where(pair => pair.Length == 2).Select(pair => Label(pair[0], pair[1]))];

        PreferencePair Label(IReadOnlyList<int> first, IReadOnlyList<int> second)
        {
            var (chance, tie) = (random.NextDouble(), random.NextDouble());
            var difference = gold(first) - gold(second);
            var firstIsBetter = difference == 0 ? tie < 0.5 : difference > 0;
            return firstIsBetter == chance >= flippedShare ? new(first, second) : new(second, first);
        }
    }
}
