namespace Warp;

/// <summary>Places policies in the KL-reward plane: KL to θ_sft, whatever they were anchored to, and reward, on held-out prompts.</summary>
public sealed class PolicyEvaluator
{
    private readonly IPolicy _reference;
    private readonly IReadOnlyList<Prompt> _prompts;
    private readonly IRewardModel _reward;
    private readonly IReadOnlyDictionary<string, IRewardModel> _otherRewards;
    private readonly SamplingOptions _sampling;
    private readonly EvaluationOptions _options;

    /// <summary>Creates an evaluator.</summary>
    /// <param name="reference">A policy with the weights θ_sft; it stays the caller's.</param>
    /// <param name="prompts">Held-out prompts, at least one; one completion is sampled of each.</param>
    /// <param name="reward">The reward that training uses.</param>
    /// <param name="sampling">Temperature (above 0) and greatest length: those of training.</param>
    /// <param name="otherRewards">Further rewards to report by name.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    /// <exception cref="ArgumentException">There are no prompts.</exception>
    public PolicyEvaluator(
        IPolicy reference,
        IReadOnlyList<Prompt> prompts,
        IRewardModel reward,
        SamplingOptions sampling,
        IReadOnlyDictionary<string, IRewardModel>? otherRewards = null,
        EvaluationOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(prompts);
        ArgumentNullException.ThrowIfNull(reward);
        ArgumentNullException.ThrowIfNull(sampling);
        options ??= new EvaluationOptions();
        var problems = options.Problems().Concat(sampling.Problems().Within("Sampling"));
        if (sampling.Temperature == 0)
            problems = problems.Append("Sampling.Temperature is 0; KL is measured on samples, so it must be above 0");
        OptionProblems.ThrowIfAny(problems, nameof(EvaluationOptions));
        if (prompts.Contains(null!))
            throw new ArgumentException($"Held-out prompt {prompts.TakeWhile(p => p is not null).Count()} of {prompts.Count} is null.", nameof(prompts));
        if (prompts.Count == 0)
            throw new ArgumentException("There are 0 held-out prompts to evaluate on; give at least 1.", nameof(prompts));

        (_reference, _prompts, _reward, _sampling, _options) = (reference, prompts, reward, sampling, options);
        _otherRewards = otherRewards ?? new Dictionary<string, IRewardModel>(StringComparer.Ordinal);
    }

    /// <summary>Evaluates a policy.</summary>
    /// <param name="policy">The policy; not changed, and not used by anything else meanwhile.</param>
    /// <param name="cancellationToken">Ends the work between batches.</param>
    /// <returns>KL, rewards and lengths with their standard errors over the prompts.</returns>
    /// <exception cref="InvalidOperationException">A policy returned something else than its interface promises.</exception>
    /// <exception cref="RewardException">A reward model failed or returned NaN, infinite, missing or surplus rewards.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public Task<PolicyEvaluation> EvaluateAsync(IPolicy policy, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(policy);
        return ComputeThread.RunAsync(_options.TorchThreads, () => Evaluate(policy, cancellationToken), cancellationToken);
    }

    internal IPolicy Reference => _reference;

    internal PolicyEvaluation Evaluate(IPolicy policy, CancellationToken cancellationToken) =>
        Telemetry.InSpan("warp.evaluate", [], () => EvaluateNow(policy, cancellationToken));

    private PolicyEvaluation EvaluateNow(IPolicy policy, CancellationToken cancellationToken)
    {
        var random = new RandomStream(_options.Seed);
        var rollouts = new List<Rollout>(_prompts.Count);
        var sampled = new List<double>(_prompts.Count);
        var exact = _options.ExactKl && policy is IDistributionPolicy && _reference is IDistributionPolicy ? new List<double>(_prompts.Count) : null;
        foreach (var (prompts, index) in _prompts.Chunk(_options.BatchSize).Select((p, i) => (p, i)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var completions = policy.Generate(prompts, _sampling, random.Fork((ulong)index), cancellationToken);
            var batch = PolicyOutput.Rollouts(policy, prompts, completions);
            rollouts.AddRange(batch);
            sampled.AddRange(KlEstimates.Sampled(policy, _reference, batch, _sampling.Temperature));
            exact?.AddRange(KlEstimates.Exact((IDistributionPolicy)policy, (IDistributionPolicy)_reference, batch, _sampling.Temperature));
        }

        var rewards = ComputeThread.Wait(RewardCheck.ScoreAsync(_reward, rollouts, cancellationToken));
        return new PolicyEvaluation
        {
            KlSampled = Estimate.Of(sampled),
            KlExact = exact is null ? null : Estimate.Of(exact),
            KlPerToken = (exact ?? sampled).Sum() / rollouts.Sum(r => r.Completion.TokenIds.Count),
            Reward = Scored(rewards),
            OtherRewards = _otherRewards.ToDictionary(
                r => r.Key,
                r => Scored(ComputeThread.Wait(RewardCheck.ScoreAsync(r.Value, rollouts, cancellationToken))),
                StringComparer.Ordinal),
            Length = Estimate.Of([.. rollouts.Select(r => (double)r.Completion.TokenIds.Count)]),
            TruncatedShare = rollouts.Average(r => r.Completion.IsTruncated ? 1.0 : 0.0),
            NotScorable = rewards.Count(r => r.IsNotScorable),
            Rollouts = _options.KeepRollouts ? rollouts : [],
        };
    }

    private static Estimate Scored(IReadOnlyList<Reward> rewards) => Estimate.Of([.. rewards.Where(r => r.IsScored).Select(r => r.Value)]);
}
