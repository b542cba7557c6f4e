namespace Warp.Quickstart;

/// <summary>Two reviews as word ids, and which of them is said to be better.</summary>
/// <param name="Preferred">Said to be better; the label may be wrong.</param>
/// <param name="Other">Said to be worse.</param>
public sealed record PreferencePair(IReadOnlyList<int> Preferred, IReadOnlyList<int> Other);
