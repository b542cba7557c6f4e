namespace Warp.Transformers;

/// <summary>What a reward model does with a text of more tokens than it reads.</summary>
public enum OverlongText
{
    /// <summary>Reads the start token and the last tokens: the end of a completion, which is what the policy wrote. The default.</summary>
    KeepEnd,

    /// <summary>Reads the first tokens.</summary>
    KeepStart,

    /// <summary>Does not score it (<see cref="Reward.NotScorable"/>); in training and evaluation it is an error.</summary>
    Refuse,
}
