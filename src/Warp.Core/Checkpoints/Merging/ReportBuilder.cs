namespace Warp;

/// <summary>Collects what is said of each group.</summary>
internal sealed class ReportBuilder(MergeOptions options, GroupMerge.Rule rule)
{
    private readonly List<MergeGroup> _groups = [];
    private readonly List<string> _warnings = [];

    /// <summary>Adds a group, and gives the coefficients of its task vectors.</summary>
    internal double[] Add(TensorGroup group, double[,] gram)
    {
        var (coefficients, steps) = SlerpArithmetic.Fold(gram, GroupReport.Lambda(options), (angle, lambda) => rule(angle, lambda));
        _groups.Add(GroupReport.Describe(group.Name, [.. group.Rows.Select(r => r.Tensor.Name)], group.Parameters, gram, coefficients, steps));
        _warnings.AddRange(GroupReport.Warnings(group.Name, steps));
        return coefficients;
    }

    internal MergeReport Build(string method, int policies) => new(method, options.Granularity, policies, _groups) { Warnings = _warnings };
}
