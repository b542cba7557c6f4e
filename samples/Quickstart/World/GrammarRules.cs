using static Warp.Quickstart.WordClass;
using S = Warp.Quickstart.GrammarState;

namespace Warp.Quickstart;

/// <summary>The rules: a probabilistic automaton over word classes. A state and a class lead to at most one state.</summary>
internal static class GrammarRules
{
    internal static IReadOnlyList<GrammarRule> All { get; } =
    [
        .. Clause(S.Start), .. Clause(S.SentenceEnd), .. Clause(S.Connective),

        // the brilliant film
        new(S.The, SingularNoun, 0.5, S.SingularSubject), new(S.The, PluralNoun, 0.3, S.PluralSubject), .. Adjective(S.The, 0.2, S.SubjectAdjective),
        new(S.SubjectAdjective, SingularNoun, 0.6, S.SingularSubject), new(S.SubjectAdjective, PluralNoun, 0.4, S.PluralSubject),
        new(S.SingularDeterminer, SingularNoun, 1, S.SingularSubject),
        new(S.PluralDeterminer, PluralNoun, 1, S.PluralSubject),

        // is not very good and rather silly
        new(S.SingularSubject, SingularCopula, 0.7, S.Copula), new(S.SingularSubject, SingularVerb, 0.3, S.Verb),
        new(S.PluralSubject, PluralCopula, 0.7, S.Copula), new(S.PluralSubject, PluralVerb, 0.3, S.Verb),
        .. Adjective(S.Copula, 0.5, S.Predicate), .. Intensifier(S.Copula, 0.36, S.Intensified),
        new(S.Copula, Not, 0.1, S.Negated), new(S.Copula, NegativeAdverb, 0.04, S.Negated),
        .. Adjective(S.Negated, 0.8, S.Predicate), .. Intensifier(S.Negated, 0.2, S.Intensified),
        .. Adjective(S.Intensified, 1, S.Predicate),
        new(S.Predicate, Coordinator, 0.25, S.Join), new(S.Predicate, WordClass.Comma, 0.35, S.Comma), new(S.Predicate, SentenceEnder, 0.4, S.SentenceEnd),
        .. Adjective(S.Join, 0.7, S.ClauseEnd), .. Intensifier(S.Join, 0.3, S.JoinIntensified),
        .. Adjective(S.JoinIntensified, 1, S.ClauseEnd),

        // shines throughout
        new(S.Verb, Manner, 0.4, S.ClauseEnd), new(S.Verb, WordClass.Comma, 0.25, S.Comma), new(S.Verb, SentenceEnder, 0.35, S.SentenceEnd),

        // it was an absolutely awful film
        new(S.It, SingularCopula, 0.85, S.ItCopula), new(S.It, SingularVerb, 0.15, S.Verb),
        new(S.ItCopula, WordClass.A, 0.25, S.A), new(S.ItCopula, WordClass.An, 0.1, S.An),
        .. Adjective(S.ItCopula, 0.35, S.Predicate), .. Intensifier(S.ItCopula, 0.2, S.Intensified),
        new(S.ItCopula, Not, 0.08, S.ItNegated), new(S.ItCopula, NegativeAdverb, 0.02, S.ItNegated),
        new(S.ItNegated, WordClass.A, 0.3, S.A), new(S.ItNegated, WordClass.An, 0.1, S.An),
        .. Adjective(S.ItNegated, 0.5, S.Predicate), .. Intensifier(S.ItNegated, 0.1, S.Intensified),
        new(S.A, ConsonantAdjective, 0.7, S.ArticleAdjective), new(S.A, ConsonantIntensifier, 0.3, S.ArticleIntensified),
        new(S.An, VowelAdjective, 0.7, S.ArticleAdjective), new(S.An, VowelIntensifier, 0.3, S.ArticleIntensified),
        .. Adjective(S.ArticleIntensified, 1, S.ArticleAdjective),
        new(S.ArticleAdjective, SingularNoun, 1, S.ClauseEnd),

        // we genuinely loved those clever songs
        new(S.Person, TransitiveVerb, 0.7, S.TransitiveVerb), new(S.Person, VerbIntensifier, 0.2, S.PersonAdverb), new(S.Person, NegativeAdverb, 0.1, S.PersonAdverb),
        new(S.PersonAdverb, TransitiveVerb, 1, S.TransitiveVerb),
        new(S.TransitiveVerb, WordClass.The, 0.7, S.ObjectThe), new(S.TransitiveVerb, WordClass.SingularDeterminer, 0.15, S.ObjectSingularDeterminer),
        new(S.TransitiveVerb, WordClass.PluralDeterminer, 0.07, S.ObjectPluralDeterminer), new(S.TransitiveVerb, WordClass.It, 0.08, S.ClauseEnd),
        new(S.ObjectThe, SingularNoun, 0.45, S.ClauseEnd), new(S.ObjectThe, PluralNoun, 0.3, S.ClauseEnd), .. Adjective(S.ObjectThe, 0.25, S.ObjectAdjective),
        .. Nouns(S.ObjectAdjective, S.ClauseEnd),
        new(S.ObjectSingularDeterminer, SingularNoun, 1, S.ClauseEnd),
        .. Adjective(S.ObjectPluralDeterminer, 0.3, S.PluralObjectAdjective), new(S.ObjectPluralDeterminer, PluralNoun, 0.7, S.ClauseEnd),
        new(S.PluralObjectAdjective, PluralNoun, 1, S.ClauseEnd),

        // , because …
        new(S.ClauseEnd, WordClass.Comma, 0.45, S.Comma), new(S.ClauseEnd, SentenceEnder, 0.55, S.SentenceEnd),
        new(S.Comma, Coordinator, 0.6, S.Connective), new(S.Comma, Subordinator, 0.4, S.Connective),
    ];

    private static GrammarRule[] Clause(S from) =>
    [
        new(from, WordClass.The, 0.4, S.The),
        new(from, WordClass.SingularDeterminer, 0.12, S.SingularDeterminer),
        new(from, WordClass.PluralDeterminer, 0.06, S.PluralDeterminer),
        new(from, WordClass.It, 0.15, S.It),
        new(from, WordClass.Person, 0.27, S.Person),
    ];

    // About a quarter of the adjectives and a third of the intensifiers begin with a vowel.
    private static GrammarRule[] Adjective(S from, double probability, S to) =>
        [new(from, ConsonantAdjective, 0.75 * probability, to), new(from, VowelAdjective, 0.25 * probability, to)];

    private static GrammarRule[] Intensifier(S from, double probability, S to) =>
        [new(from, ConsonantIntensifier, 0.67 * probability, to), new(from, VowelIntensifier, 0.33 * probability, to)];

    private static GrammarRule[] Nouns(S from, S to) => [new(from, SingularNoun, 0.6, to), new(from, PluralNoun, 0.4, to)];
}
