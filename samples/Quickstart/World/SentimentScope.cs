namespace Warp.Quickstart;

/// <summary>
/// What the words before do to the next sentiment word: intensifiers multiply it, a negation turns it round at half strength ("not brilliant"
/// is no praise, but it is not "terrible" either). Both hold up to that word, or to the end of the clause.
/// </summary>
internal readonly record struct SentimentScope
{
    /// <summary>What a negation multiplies the next sentiment word by.</summary>
    internal const double Negation = -0.5;

    public SentimentScope()
    {
    }

    private double Intensity { get; init; } = 1;

    private bool Negated { get; init; }

    /// <summary>The sentiment of a word said here.</summary>
    internal double Apply(Word word) => word.Weight * Intensity * (Negated ? Negation : 1);

    /// <summary>The scope after a word. Of several intensifiers in a row the last one counts: heaping them up gains nothing.</summary>
    internal SentimentScope After(Word word) => word.Class switch
    {
        WordClass.Not or WordClass.NegativeAdverb => this with { Negated = true },
        WordClass.Comma or WordClass.SentenceEnder or WordClass.Coordinator or WordClass.Subordinator => new(),
        _ when word.Weight != 0 => new(),
        _ when word.Factor != 1 => this with { Intensity = word.Factor },
        _ => this,
    };
}
