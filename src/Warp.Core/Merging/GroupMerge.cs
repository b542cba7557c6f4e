using static TorchSharp.torch;

namespace Warp;

/// <summary>What all mergers share: the checks, the statistics of each group, and the combination with the coefficients that a method chooses.</summary>
internal static class GroupMerge
{
    /// <summary>Given Ω and λ, the weights of what has been merged so far and of the next policy.</summary>
    internal delegate (double First, double Second) Rule(double angle, double lambda);

    /// <summary>The rule of LERP.</summary>
    internal static (double First, double Second) Linear(double angle, double lambda) => (1 - lambda, lambda);

    /// <summary>The coefficients of LERP, which depend on no angle.</summary>
    internal static double[] LinearCoefficients(int policies, MergeOptions options) =>
        SlerpArithmetic.Fold(new DoubleDouble[policies, policies], GroupReport.Lambda(options), Linear).Coefficients;

    internal static MergeResult Run(
        string method, MergeOptions options, Rule rule, ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken)
    {
        Check(options, init, policies);
        var report = new ReportBuilder(options, rule);
        var merged = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        try
        {
            foreach (var group in LayerGrouping.Group(init, options))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var gram = Gram(group, policies, cancellationToken);
                var coefficients = report.Add(group.Key, [.. group.Select(t => t.Name)], group.Sum(t => t.Tensor.numel()), gram);
                foreach (var entry in group)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    merged.Add(entry.Name, Combine(entry, policies, coefficients, options, cancellationToken));
                }
            }

            var weights = init.Map(entry => merged.Remove(entry.Name, out var tensor) ? tensor : WeightMath.DetachedCopy(entry.Tensor));
            return new MergeResult(weights, report.Build(method, policies.Count));
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

        var differences = new List<ParameterDifference>();
        for (var m = 0; m < policies.Count; m++)
        {
            ArgumentNullException.ThrowIfNull(policies[m], nameof(policies));
            differences.AddRange(ParameterLayout.AveragingDifferences(init, policies[m], "θ_init", $"policy {m + 1}"));
        }

        if (differences.Count > 0)
            throw new ParameterMismatchException(differences, init.Count);
    }

    private static DoubleDouble[,] Gram(IGrouping<string, NamedTensor> group, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken)
    {
        var sums = new GramAccumulator(policies.Count);
        foreach (var entry in group)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WeightMath.AddGram(entry.Tensor, [.. policies.Select(p => p[entry.Name].Tensor)], sums, cancellationToken);
        }

        var gram = sums.ToMatrix();
        return GroupReport.FirstNonFinite(gram) is >= 0 and var m ? throw GroupReport.NonFinite(NonFinite(group, policies[m], m)) : gram;
    }

    private static string NonFinite(IGrouping<string, NamedTensor> group, ParameterSet policy, int index)
    {
        var inInit = group.FirstOrDefault(t => !WeightMath.IsFinite(t.Tensor));
        var inPolicy = group.FirstOrDefault(t => !WeightMath.IsFinite(policy[t.Name].Tensor));
        return inInit is not null ? $"'{inInit.Name}' of θ_init" : inPolicy is not null ? $"'{inPolicy.Name}' of policy {index + 1}" : $"the task vector of policy {index + 1} in '{group.Key}'";
    }

    private static Tensor Combine(NamedTensor entry, IReadOnlyList<ParameterSet> policies, double[] coefficients, MergeOptions options, CancellationToken cancellationToken)
    {
        var factors = GroupReport.Factors(coefficients, options.Eta ?? 1);
        var terms = policies.Select(p => p[entry.Name].Tensor).Prepend(entry.Tensor).Select((t, k) => (factors[k], t)).ToList();
        var merged = WeightMath.Combine(terms, options.OutputType ?? entry.Tensor.dtype, entry.Tensor.device, cancellationToken);
        return WeightMath.InRange(merged, entry.Name, terms, extrapolated: options.Eta > 1, cancellationToken).DetachFromDisposeScope();
    }
}
