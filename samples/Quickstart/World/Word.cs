namespace Warp.Quickstart;

/// <summary>An entry of the lexicon.</summary>
/// <param name="Text">In lower case.</param>
/// <param name="Class">What part it can play.</param>
/// <param name="Weight">Its sentiment, from −3 to 3; 0 for none.</param>
/// <param name="Factor">What it multiplies the next sentiment word by; 1 for words that do not intensify.</param>
/// <param name="Frequency">How often it is chosen, beside the others of its class.</param>
public sealed record Word(string Text, WordClass Class, double Weight = 0, double Factor = 1, double Frequency = 1)
{
    /// <summary>Whether saying it twice in one review is a repetition, as it is not for words that hold sentences together.</summary>
    public bool IsContent => Class is WordClass.SingularNoun or WordClass.PluralNoun or WordClass.SingularVerb or WordClass.PluralVerb
        or WordClass.TransitiveVerb or WordClass.ConsonantAdjective or WordClass.VowelAdjective or WordClass.ConsonantIntensifier
        or WordClass.VowelIntensifier or WordClass.VerbIntensifier or WordClass.Manner;
}
