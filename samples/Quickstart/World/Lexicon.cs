namespace Warp.Quickstart;

/// <summary>All the words there are.</summary>
public static class Lexicon
{
    private static readonly Dictionary<string, Word> ByText;

    static Lexicon()
    {
        Words =
        [
            .. Plain(WordClass.The, "the"),
            .. Plain(WordClass.SingularDeterminer, "this that"),
            .. Plain(WordClass.PluralDeterminer, "these those"),
            .. Plain(WordClass.A, "a"),
            .. Plain(WordClass.An, "an"),
            .. Plain(WordClass.It, "it"),
            .. Plain(WordClass.Person, "i we"),
            .. Plain(
                WordClass.SingularNoun,
                "film movie story plot script acting ending music pacing soundtrack dialogue cast director lead opening finale humour "
                + "editing lighting scenery sequel premise mood tone climax romance"),
            .. Plain(
                WordClass.PluralNoun,
                "actors scenes effects characters jokes songs costumes performances twists lines visuals sets stunts battles villains heroes"),
            .. Plain(WordClass.SingularCopula, "is was seems feels looks sounds"),
            .. Plain(WordClass.PluralCopula, "are were seem feel look sound"),
            .. Plain(WordClass.Not, "not"),
            .. Plain(WordClass.NegativeAdverb, "never hardly barely"),
            .. Plain(WordClass.Coordinator, "and but yet"),
            .. Plain(WordClass.Subordinator, "although because while though since"),
            .. Plain(WordClass.Comma, ","),
            new(".", WordClass.SentenceEnder, Frequency: 5),
            new("!", WordClass.SentenceEnder),
            .. Adjectives(3, "brilliant superb stunning magnificent masterful flawless perfect amazing excellent outstanding"),
            .. Adjectives(2, "wonderful beautiful gripping hilarious thrilling charming clever delightful engaging inspired elegant"),
            .. Adjectives(1, "good nice fun fresh warm pleasant solid smart watchable enjoyable amusing"),
            .. Adjectives(0, "long short loud quiet simple familiar modern strange old odd"),
            .. Adjectives(-1, "slow weak thin flat noisy silly messy bland uneven average"),
            .. Adjectives(-2, "boring tedious clumsy shallow annoying confusing predictable forgettable ugly lifeless"),
            .. Adjectives(-3, "terrible horrible dreadful pathetic disastrous awful atrocious appalling unwatchable insulting"),
            .. Verbs(2, "shines shine delights delight sparkles sparkle"),
            .. Verbs(1, "works work"),
            .. Verbs(-1, "drags drag disappoints disappoint"),
            .. Verbs(-2, "fails fail bores bore"),
            .. Weighted(WordClass.TransitiveVerb, 3, "loved adored"),
            .. Weighted(WordClass.TransitiveVerb, 2, "enjoyed admired"),
            .. Weighted(WordClass.TransitiveVerb, 1, "liked"),
            .. Weighted(WordClass.TransitiveVerb, 0, "watched noticed remembered"),
            .. Weighted(WordClass.TransitiveVerb, -1, "disliked"),
            .. Weighted(WordClass.TransitiveVerb, -2, "regretted endured"),
            .. Weighted(WordClass.TransitiveVerb, -3, "hated despised"),
            .. Weighted(WordClass.Manner, 2, "beautifully brilliantly"),
            .. Weighted(WordClass.Manner, 1, "nicely"),
            .. Weighted(WordClass.Manner, 0, "throughout again"),
            .. Weighted(WordClass.Manner, -1, "poorly"),
            .. Weighted(WordClass.Manner, -2, "badly terribly"),
            .. Intensifiers(1.5, "very really truly incredibly absolutely extremely utterly"),
            .. Intensifiers(0.75, "rather fairly mildly"),
            .. Split("genuinely thoroughly honestly").Select(w => new Word(w, WordClass.VerbIntensifier, Factor: 1.5)),
        ];
        ByText = Words.ToDictionary(w => w.Text, StringComparer.Ordinal);
        ByClass = Words.ToLookup(w => w.Class);
    }

    /// <summary>Every word, in a fixed order.</summary>
    public static IReadOnlyList<Word> Words { get; }

    /// <summary>The words of each class.</summary>
    public static ILookup<WordClass, Word> ByClass { get; }

    /// <summary>The entry of a word; null if there is none.</summary>
    public static Word? Find(string text) => ByText.GetValueOrDefault(text);

    private static string[] Split(string words) => words.Split(' ');

    private static IEnumerable<Word> Plain(WordClass wordClass, string words) => Weighted(wordClass, 0, words);

    private static IEnumerable<Word> Weighted(WordClass wordClass, double weight, string words) =>
        Split(words).Select(w => new Word(w, wordClass, weight));

    private static IEnumerable<Word> Adjectives(double weight, string words) =>
        Split(words).Select(w => new Word(w, BeginsWithVowel(w) ? WordClass.VowelAdjective : WordClass.ConsonantAdjective, weight));

    private static IEnumerable<Word> Intensifiers(double factor, string words) =>
        Split(words).Select(w => new Word(w, BeginsWithVowel(w) ? WordClass.VowelIntensifier : WordClass.ConsonantIntensifier, Factor: factor));

    // In pairs: singular, plural.
    private static IEnumerable<Word> Verbs(double weight, string words) =>
        Split(words).Select((w, i) => new Word(w, i % 2 == 0 ? WordClass.SingularVerb : WordClass.PluralVerb, weight));

    private static bool BeginsWithVowel(string word) => "aeiou".Contains(word[0], StringComparison.Ordinal);
}
