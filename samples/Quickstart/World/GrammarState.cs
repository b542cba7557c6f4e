namespace Warp.Quickstart;

/// <summary>What has been read of a review so far, as far as it matters for what may follow.</summary>
internal enum GrammarState
{
    Start,
    The,
    SingularDeterminer,
    PluralDeterminer,
    SubjectAdjective,
    It,
    SingularSubject,
    PluralSubject,
    Copula,
    ItCopula,
    Negated,
    ItNegated,
    Intensified,
    A,
    An,
    ArticleIntensified,
    ArticleAdjective,
    Predicate,
    Join,
    JoinIntensified,
    Verb,
    Person,
    PersonAdverb,
    TransitiveVerb,
    ObjectThe,
    ObjectSingularDeterminer,
    ObjectPluralDeterminer,
    ObjectAdjective,
    PluralObjectAdjective,
    ClauseEnd,
    Comma,
    Connective,

    /// <summary>After "." or "!": the only place where a review may end.</summary>
    SentenceEnd,
}
