namespace Warp.Quickstart;

/// <summary>
/// Makes short film reviews, and knows which reviews are grammatical: those that its automaton reads from the start to the end of a sentence.
/// </summary>
public static class ReviewGrammar
{
    /// <summary>The fewest words of a review; punctuation marks count as words.</summary>
    public const int MinWords = 8;

    /// <summary>The most words of a review.</summary>
    public const int MaxWords = 24;

    /// <summary>How many words of a review are its prompt.</summary>
    public const int PromptWords = 3;

    /// <summary>Generated tokens of the longest review: its words after the prompt, and the end token.</summary>
    public const int MaxCompletionTokens = MaxWords - PromptWords + 1;

    // How much the mood of a review, in [−1, 1], sways the choice of words. At 0.7 a cheerful review (mood 1) says "brilliant" e^4.2 = 67
    // times as often as "terrible".
    private const double Sway = 0.7;

    // How often a finished sentence ends the review.
    private const double EndProbability = 0.5;

    private static readonly ILookup<GrammarState, GrammarRule> ByState = GrammarRules.All.ToLookup(r => r.From);

    /// <summary>Reviews of varied mood and length.</summary>
    /// <param name="count">How many; at least 1.</param>
    /// <param name="random">The only source of chance.</param>
    /// <returns>The words of each.</returns>
    public static IReadOnlyList<IReadOnlyList<string>> Corpus(int count, RandomStream random)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return [.. Enumerable.Range(0, count).Select(_ => Review(random))];
    }

    /// <summary>A review of <see cref="MinWords"/> to <see cref="MaxWords"/> words.</summary>
    /// <param name="random">The only source of chance.</param>
    public static IReadOnlyList<string> Review(RandomStream random)
    {
        ArgumentNullException.ThrowIfNull(random);
        while (true)
        {
            var mood = 2 * random.NextDouble() - 1;
            if (TryReview(mood, random) is { Count: >= MinWords } review)
                return review;
        }
    }

    /// <summary>The number of slips in a review; see <see cref="GrammarReading"/>.</summary>
    /// <param name="words">A review; unknown words are slips.</param>
    public static int Violations(IReadOnlyList<string> words) => GrammarReading.Violations(words);

    /// <summary>Whether this grammar could have made the review: no violations, and neither too short nor too long.</summary>
    /// <param name="words">A review.</param>
    public static bool IsGrammatical(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words.Count is >= MinWords and <= MaxWords && Violations(words) == 0;
    }

    /// <returns>Null if it grew too long.</returns>
    private static List<string>? TryReview(double mood, RandomStream random)
    {
        var words = new List<string>();
        var (state, scope) = (GrammarState.Start, new SentimentScope());
        while (words.Count < MaxWords)
        {
            var rule = Choose(ByState[state], r => r.Probability, random);
            var word = Choose(Lexicon.ByClass[rule.Class], w => w.Frequency * Math.Exp(Sway * mood * scope.Apply(w)), random);
            scope = scope.After(word);
            words.Add(word.Text);
            state = rule.To;
            if (state == GrammarState.SentenceEnd && random.NextDouble() < EndProbability)
                return words;
        }

        return null;
    }

    private static T Choose<T>(IEnumerable<T> items, Func<T, double> weight, RandomStream random)
    {
        var candidates = items.Select(item => (Item: item, Weight: weight(item))).ToList();
        var left = random.NextDouble() * candidates.Sum(c => c.Weight);
        foreach (var (item, w) in candidates)
        {
            left -= w;
            if (left < 0)
                return item;
        }

        return candidates[^1].Item;
    }
}
