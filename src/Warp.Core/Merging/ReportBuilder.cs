namespace Warp;

/// <summary>Collects what is said of each group, in memory or from files.</summary>
internal sealed class ReportBuilder(MergeOptions options, GroupMerge.Rule rule)
{
    private readonly List<MergeGroup> _groups = [];
    private readonly MergeWarnings _warnings = new();

    /// <summary>Adds a group of files, and gives the coefficients of its task vectors.</summary>
    internal double[] Add(TensorGroup group, DoubleDouble[,] gram) => Add(group.Name, [.. group.Rows.Select(r => r.Tensor.Name)], group.Parameters, gram);

    /// <summary>Adds a group, and gives the coefficients of its task vectors.</summary>
    internal double[] Add(string name, IReadOnlyList<string> tensors, long parameters, DoubleDouble[,] gram)
    {
        var (coefficients, steps) = SlerpArithmetic.Fold(gram, GroupReport.Lambda(options), (angle, lambda) => rule(angle, lambda));
        _groups.Add(GroupReport.Describe(name, tensors, parameters, gram, coefficients, steps));
        _warnings.Add(name, gram, steps);
        return coefficients;
    }

    internal MergeReport Build(string method, int policies) => new(method, options.Granularity, policies, _groups) { Warnings = _warnings.ToList() };
}
