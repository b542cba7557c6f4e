namespace Warp.Quickstart;

/// <summary>In a state, a word of a class may follow, with a relative probability, and leads to another state.</summary>
internal sealed record GrammarRule(GrammarState From, WordClass Class, double Probability, GrammarState To);
