namespace Warp.Quickstart;

/// <summary>What part a word can play. Each word has one class; adjectives and intensifiers are split by their first sound, for "a" and "an".</summary>
public enum WordClass
{
    The,
    SingularDeterminer,
    PluralDeterminer,
    A,
    An,
    It,
    Person,
    SingularNoun,
    PluralNoun,
    SingularCopula,
    PluralCopula,
    SingularVerb,
    PluralVerb,
    TransitiveVerb,
    ConsonantAdjective,
    VowelAdjective,
    ConsonantIntensifier,
    VowelIntensifier,
    VerbIntensifier,
    Manner,
    Not,
    NegativeAdverb,
    Coordinator,
    Subordinator,
    Comma,
    SentenceEnder,
}
