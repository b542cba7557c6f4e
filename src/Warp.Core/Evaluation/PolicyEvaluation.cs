namespace Warp;

/// <summary>What a policy does on held-out prompts: a point of the KL-reward plane, with its errors.</summary>
public sealed record PolicyEvaluation
{
    /// <summary>KL to θ_sft per sequence, in nats: the exact estimate if the policy gives its distribution, else the sampled one.</summary>
    public Estimate Kl => KlExact ?? KlSampled;

    /// <summary>KL to θ_sft per sequence, in nats: Σₜ (log π_θ − log π_sft) of the sampled tokens.</summary>
    public required Estimate KlSampled { get; init; }

    /// <summary>
    /// KL to θ_sft per sequence, in nats: Σₜ Σᵥ π_θ(v) (log π_θ(v) − log π_sft(v)) at each sampled prefix, which varies less; null if the policy
    /// is no <see cref="IDistributionPolicy"/>.
    /// </summary>
    public Estimate? KlExact { get; init; }

    /// <summary>The same KL divided by the number of generated tokens, in nats per token.</summary>
    public required double KlPerToken { get; init; }

    /// <summary>The reward that training uses, in its own unit.</summary>
    public required Estimate Reward { get; init; }

    /// <summary>Further rewards that were asked for by name, for instance a gold score that training never sees.</summary>
    public IReadOnlyDictionary<string, Estimate> OtherRewards { get; init; } = new Dictionary<string, Estimate>(StringComparer.Ordinal);

    /// <summary>Generated tokens per completion.</summary>
    public required Estimate Length { get; init; }

    /// <summary>Share of completions cut off at the greatest length, in [0, 1].</summary>
    public required double TruncatedShare { get; init; }

    /// <summary>Completions that the training reward model declined; they are in the KL but not in the reward.</summary>
    public required int NotScorable { get; init; }

    /// <summary>The completions, in the order of the prompts, if they were asked for.</summary>
    public IReadOnlyList<Rollout> Rollouts { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() =>
        $"KL {Kl} nats, reward {Reward}{string.Concat(OtherRewards.Select(r => $", {r.Key} {r.Value}"))}, length {Length}";
}
