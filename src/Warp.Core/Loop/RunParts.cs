namespace Warp;

/// <summary>
/// The names of the parts that a run is made of. A run is sent to where it is executed as data; the parts themselves, policies and reward
/// models, are made there, from the <see cref="PartCatalog"/> of that place.
/// </summary>
public sealed record RunParts
{
    /// <summary>The default name of the policy.</summary>
    public const string DefaultPolicy = "policy";

    /// <summary>The default name of the reward model.</summary>
    public const string DefaultReward = "reward";

    /// <summary>The default name of the training prompts.</summary>
    public const string DefaultPrompts = "prompts";

    /// <summary>The default name of the held-out prompts.</summary>
    public const string DefaultHeldOutPrompts = "held-out";

    /// <summary>The name of the EMA anchor, the default: it starts at the run's start and follows the policy with <see cref="ReinforceOptions.EmaRate"/>.</summary>
    public const string EmaAnchor = "ema";

    /// <summary>The name of the anchor that stays at θ_sft: the usual RLHF, the paper's baseline.</summary>
    public const string SftAnchor = "sft";

    /// <summary>The policy to train. Default <see cref="DefaultPolicy"/>.</summary>
    public string Policy { get; init; } = DefaultPolicy;

    /// <summary>The reward to train on and to evaluate with. Default <see cref="DefaultReward"/>.</summary>
    public string Reward { get; init; } = DefaultReward;

    /// <summary>The training prompts. Default <see cref="DefaultPrompts"/>.</summary>
    public string Prompts { get; init; } = DefaultPrompts;

    /// <summary>The prompts to evaluate on. Default <see cref="DefaultHeldOutPrompts"/>.</summary>
    public string HeldOutPrompts { get; init; } = DefaultHeldOutPrompts;

    /// <summary>The anchor. Default <see cref="EmaAnchor"/>.</summary>
    public string Anchor { get; init; } = EmaAnchor;

    /// <summary>Further reward models to report in evaluations; none by default.</summary>
    public IReadOnlyList<string> OtherRewards { get; init; } = [];
}
