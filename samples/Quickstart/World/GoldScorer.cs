namespace Warp.Quickstart;

/// <summary>
/// What a review is truly worth, without a unit; the reward that training never sees:
/// <c>gold = (Σ sentiment) / √n − 1 · violations − ½ · repeats</c>.
/// </summary>
/// <remarks>
/// Σ runs over the sentiment words, from −3 ("terrible") to 3 ("brilliant"), each times 1.5 or 0.75 after an intensifier and times −½ after a
/// negation (see <see cref="SentimentScope"/>). n is the number of words, punctuation included. Violations are those of
/// <see cref="ReviewGrammar.Violations"/>. Repeats are the occurrences of nouns, verbs, adjectives and adverbs beyond their first.
/// </remarks>
public static class GoldScorer
{
    /// <summary>What the score is called in results.</summary>
    public const string Name = "gold";

    /// <summary>What one violation of the grammar costs.</summary>
    public const double ViolationCost = 1;

    /// <summary>What one repetition costs.</summary>
    public const double RepeatCost = 0.5;

    /// <summary>The gold score of a review; of an empty one, that of its violation (it does not end a sentence).</summary>
    /// <param name="words">In lower case, punctuation marks as words.</param>
    public static double Score(IReadOnlyList<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return Sentiment(words) / Math.Sqrt(Math.Max(1, words.Count)) - ViolationCost * ReviewGrammar.Violations(words) - RepeatCost * Repeats(words);
    }

    /// <summary>The gold score of prompts and completions.</summary>
    public static IRewardModel AsRewardModel(WordTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return RewardModel.From(rollout => Score(tokenizer.Words(WordTokenizer.ReviewOf(rollout))));
    }

    internal static double Sentiment(IReadOnlyList<string> words)
    {
        var (sum, scope) = (0.0, new SentimentScope());
        foreach (var word in words.Select(Lexicon.Find).OfType<Word>())
        {
            sum += scope.Apply(word);
            scope = scope.After(word);
        }

        return sum;
    }

    internal static int Repeats(IReadOnlyList<string> words)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return words.Count(text => Lexicon.Find(text) is { IsContent: true } && !seen.Add(text));
    }
}
