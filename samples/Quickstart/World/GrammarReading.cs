namespace Warp.Quickstart;

/// <summary>Reads a review with the grammar, forgivingly, and counts what had to be forgiven.</summary>
/// <remarks>
/// A word in the wrong place costs 1; reading then goes on as if it had stood in any right place, or as if it were not there, whichever is
/// cheapest for the whole review. Not ending at the end of a sentence costs 1. So one slip counts once, wherever it happens.
/// </remarks>
internal static class GrammarReading
{
    private const int Unreachable = int.MaxValue / 2;

    private static readonly int States = Enum.GetValues<GrammarState>().Length;

    private static readonly ILookup<WordClass, GrammarRule> ByClass = GrammarRules.All.ToLookup(r => r.Class);

    internal static int Violations(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        // The least cost of having read the words so far and being in each state.
        var costs = new int[States];
        Array.Fill(costs, Unreachable);
        costs[(int)GrammarState.Start] = 0;
        foreach (var word in words.Select(Lexicon.Find))
            costs = After(word, costs);
        return Math.Min(costs[(int)GrammarState.SentenceEnd], costs.Min() + 1);
    }

    private static int[] After(Word? word, int[] before)
    {
        var after = Array.ConvertAll(before, cost => cost + 1); // as if the word were not there
        if (word is null)
            return after;
        var anywhere = before.Min() + 1;
        foreach (var rule in ByClass[word.Class])
            after[(int)rule.To] = Math.Min(after[(int)rule.To], Math.Min(before[(int)rule.From], anywhere));
        return after;
    }
}
