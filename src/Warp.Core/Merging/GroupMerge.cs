using static TorchSharp.torch;

namespace Warp;

/// <summary>What all mergers share: the checks, the statistics of each group, and the combination with the coefficients that a method chooses.</summary>
internal static class GroupMerge
{
    /// <summary>Given Ω and λ, the weights of what has been merged so far and of the next policy.</summary>
    internal delegate (double First, double Second) Rule(double angle, double lambda);

    internal static MergeResult Run(
        string method, MergeOptions options, Rule rule, ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken)
    {
        Check(options, init, policies);
        Func<int, double> lambda = m => options.Lambda ?? 1.0 / m;
        var groups = new List<MergeGroup>();
        var warnings = new List<string>();
        var merged = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var group in LayerGrouping.Group(init, options))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var gram = Gram(group, policies, cancellationToken);
                var (coefficients, steps) = SlerpArithmetic.Fold(gram, lambda, (angle, l) => rule(angle, l));
                groups.Add(Describe(group, gram, coefficients, steps));
                warnings.AddRange(Warnings(group.Key, steps));
                foreach (var entry in group)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    merged.Add(entry.Name, Combine(entry, policies, coefficients, options.OutputType, cancellationToken));
                }
            }

            var weights = init.Map(entry => merged.Remove(entry.Name, out var tensor) ? tensor : WeightMath.DetachedCopy(entry.Tensor));
            return new MergeResult(weights, new MergeReport(method, options.Granularity, policies.Count, groups) { Warnings = warnings });
        }
        finally
        {
            foreach (var tensor in merged.Values)
                tensor.Dispose();
        }
    }

    private static void Check(MergeOptions options, ParameterSet init, IReadOnlyList<ParameterSet> policies)
    {
        ArgumentNullException.ThrowIfNull(init);
        ArgumentNullException.ThrowIfNull(policies);
        if (policies.Count == 0)
            throw new ArgumentException("There are 0 policies to merge; give at least 1 (M ≥ 1).", nameof(policies));
        OptionProblems.ThrowIfAny(options.Problems(policies.Count), nameof(MergeOptions));

        var differences = new List<string>();
        for (var m = 0; m < policies.Count; m++)
        {
            ArgumentNullException.ThrowIfNull(policies[m], nameof(policies));
            var found = ParameterLayout.Differences(init, policies[m], "θ_init", $"policy {m + 1}").ToList();
            differences.AddRange(found.Count > 0 ? found : ParameterLayout.FrozenDifferences(init, policies[m], "θ_init", $"policy {m + 1}"));
        }

        if (differences.Count > 0)
            throw new ParameterMismatchException(differences);
    }

    private static double[,] Gram(IGrouping<string, NamedTensor> group, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken)
    {
        var sums = new GramAccumulator(policies.Count);
        foreach (var entry in group)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WeightMath.AddGram(entry.Tensor, [.. policies.Select(p => p[entry.Name].Tensor)], sums, cancellationToken);
        }

        var gram = sums.ToMatrix();
        for (var m = 0; m < policies.Count; m++)
        {
            if (!double.IsFinite(gram[m, m]))
                throw new NonFiniteWeightsException(NonFinite(group, policies[m], m));
        }

        return gram;
    }

    private static string NonFinite(IGrouping<string, NamedTensor> group, ParameterSet policy, int index)
    {
        var inInit = group.FirstOrDefault(t => !WeightMath.IsFinite(t.Tensor));
        var inPolicy = group.FirstOrDefault(t => !WeightMath.IsFinite(policy[t.Name].Tensor));
        var where = inInit is not null ? $"'{inInit.Name}' of θ_init" : inPolicy is not null ? $"'{inPolicy.Name}' of policy {index + 1}" : $"the task vector of policy {index + 1} in '{group.Key}'";
        return $"There are NaN or infinite values in {where}: the run that made it has diverged. Leave it out of the merge or take an earlier checkpoint.";
    }

    private static Tensor Combine(NamedTensor entry, IReadOnlyList<ParameterSet> policies, double[] coefficients, ScalarType? type, CancellationToken cancellationToken)
    {
        // θ_init + Σ cₘ (θᵐ − θ_init), written as a weighted sum so that (1, 0, …) returns θ¹ bit for bit.
        var terms = new List<(double, Tensor)> { (1 - coefficients.Sum(), entry.Tensor) };
        terms.AddRange(policies.Select((p, m) => (coefficients[m], p[entry.Name].Tensor)));
        return WeightMath.Combine(terms, type ?? entry.Tensor.dtype, entry.Tensor.device, cancellationToken).DetachFromDisposeScope();
    }

    private static MergeGroup Describe(IGrouping<string, NamedTensor> group, double[,] gram, double[] coefficients, MergeStep[] steps) => new(
        group.Key,
        [.. group.Select(t => t.Name)],
        group.Sum(t => t.Tensor.numel()),
        [.. Enumerable.Range(0, coefficients.Length).Select(m => Math.Sqrt(gram[m, m]))],
        steps,
        coefficients,
        Math.Sqrt(SlerpArithmetic.Squared(gram, coefficients)));

    private static IEnumerable<string> Warnings(string group, MergeStep[] steps) =>
        from step in steps.Select((s, i) => (s.Kind, Policy: i + 2))
        where step.Kind == MergeStepKind.Opposite
        select $"'{group}': the task vector of policy {step.Policy} is opposite to what has been merged before it; the merge nearly cancels them.";
}
