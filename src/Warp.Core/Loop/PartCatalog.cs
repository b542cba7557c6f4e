namespace Warp;

/// <summary>Makes the parts of runs by name: policies, reward models, prompts, anchors.</summary>
/// <remarks>Fill it before the first run; after that it is only read, by several runs at once.</remarks>
public sealed class PartCatalog
{
    private readonly Dictionary<string, Func<IPolicy>> _policies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IRewardModel> _rewards = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<Prompt>> _prompts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Func<AnchorContext, IAnchor>> _anchors = new(StringComparer.Ordinal)
    {
        [RunParts.EmaAnchor] = context => new EmaAnchor(context.PolicyAt(context.Start), context.Options.EmaRate, context.Start),
        [RunParts.SftAnchor] = context => new FixedAnchor(context.PolicyAt(context.Sft)),
    };

    /// <summary>Adds a policy.</summary>
    /// <param name="create">
    /// Makes a new policy, sharing no tensor with any other; its weights do not matter, they are set afterwards. Called several times per run.
    /// </param>
    /// <param name="name">Its name.</param>
    /// <returns>This catalog.</returns>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public PartCatalog AddPolicy(Func<IPolicy> create, string name = RunParts.DefaultPolicy) => Add(_policies, create, name, "policy");

    /// <summary>Adds a reward model. It is asked by several runs at once and stays the caller's.</summary>
    /// <param name="reward">The model.</param>
    /// <param name="name">Its name.</param>
    /// <returns>This catalog.</returns>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public PartCatalog AddReward(IRewardModel reward, string name = RunParts.DefaultReward) => Add(_rewards, reward, name, "reward model");

    /// <summary>Adds training prompts.</summary>
    /// <param name="prompts">At least one.</param>
    /// <param name="name">Their name.</param>
    /// <returns>This catalog.</returns>
    /// <exception cref="ArgumentException">There are none, or the name is taken.</exception>
    public PartCatalog AddPrompts(IReadOnlyList<Prompt> prompts, string name = RunParts.DefaultPrompts)
    {
        ArgumentNullException.ThrowIfNull(prompts);
        if (prompts.Contains(null!))
            throw new ArgumentException($"Prompt {prompts.TakeWhile(p => p is not null).Count()} of '{name}' is null.", nameof(prompts));
        return prompts.Count > 0
            ? Add(_prompts, prompts, name, "prompts")
            : throw new ArgumentException($"The prompts '{name}' are empty; give at least 1.", nameof(prompts));
    }

    /// <summary>Adds held-out prompts, on which everything is evaluated.</summary>
    /// <param name="prompts">At least one.</param>
    /// <returns>This catalog.</returns>
    /// <exception cref="ArgumentException">There are none, or there were some already.</exception>
    public PartCatalog AddHeldOutPrompts(IReadOnlyList<Prompt> prompts) => AddPrompts(prompts, RunParts.DefaultHeldOutPrompts);

    /// <summary>Adds an anchor beside <see cref="RunParts.EmaAnchor"/> and <see cref="RunParts.SftAnchor"/>, which are there.</summary>
    /// <param name="create">Makes the anchor of a run.</param>
    /// <param name="name">Its name.</param>
    /// <returns>This catalog.</returns>
    /// <exception cref="ArgumentException">The name is taken.</exception>
    public PartCatalog AddAnchor(Func<AnchorContext, IAnchor> create, string name) => Add(_anchors, create, name, "anchor");

    /// <summary>An evaluator made of the named parts: what runs and the loop use, for comparisons of your own with the same prompts and noise.</summary>
    /// <param name="reference">A policy with the weights θ_sft; it stays the caller's.</param>
    /// <param name="parts">Names the reward, the held-out prompts and further rewards.</param>
    /// <param name="sampling">Temperature and greatest length: those of training.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="OptionsException">Settings are out of range, or the catalog lacks a part.</exception>
    public PolicyEvaluator CreateEvaluator(IPolicy reference, RunParts parts, SamplingOptions sampling, EvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        OptionProblems.ThrowIfAny(Problems(parts), nameof(RunParts));
        return new PolicyEvaluator(
            reference,
            Prompts(parts.HeldOutPrompts),
            Reward(parts.Reward),
            sampling,
            parts.OtherRewards.ToDictionary(name => name, Reward, StringComparer.Ordinal),
            options);
    }

    internal IPolicy CreatePolicy(string name) => _policies[name]();

    internal IRewardModel Reward(string name) => _rewards[name];

    internal IReadOnlyList<Prompt> Prompts(string name) => _prompts[name];

    internal IAnchor CreateAnchor(string name, AnchorContext context) => _anchors[name](context);

    /// <summary>Everything that a run names and the catalog lacks.</summary>
    internal IEnumerable<string> Problems(RunParts parts) =>
        Missing(_policies, parts.Policy, nameof(RunParts.Policy), nameof(AddPolicy))
            .Concat(Missing(_rewards, parts.Reward, nameof(RunParts.Reward), nameof(AddReward)))
            .Concat(Missing(_prompts, parts.Prompts, nameof(RunParts.Prompts), nameof(AddPrompts)))
            .Concat(Missing(_prompts, parts.HeldOutPrompts, nameof(RunParts.HeldOutPrompts), nameof(AddHeldOutPrompts)))
            .Concat(Missing(_anchors, parts.Anchor, nameof(RunParts.Anchor), nameof(AddAnchor)))
            .Concat(Repeated(parts.OtherRewards))
            .Concat(parts.OtherRewards.Distinct(StringComparer.Ordinal).SelectMany(name => Missing(_rewards, name, nameof(RunParts.OtherRewards), nameof(AddReward))));

    private static IEnumerable<string> Repeated(IReadOnlyList<string> names) => names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Skip(1).Any())
        .Select(g => $"{nameof(RunParts.OtherRewards)} names '{g.Key}' {g.Count()} times; name each once");

    private static IEnumerable<string> Missing<T>(Dictionary<string, T> known, string name, string setting, string remedy)
    {
        if (name is null || !known.ContainsKey(name))
            yield return $"{setting} is '{name}', which the catalog does not have ({(known.Count == 0 ? "it has none" : $"it has '{string.Join("', '", known.Keys)}'")}); call {remedy}";
    }

    private PartCatalog Add<T>(Dictionary<string, T> known, T part, string name, string kind)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(part);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!known.TryAdd(name, part))
            throw new ArgumentException($"The catalog has a {kind} '{name}' already; give this one another name.", nameof(name));
        return this;
    }
}
