using System.Text.RegularExpressions;

namespace Warp;

/// <summary>Sorts trainable tensors into the groups that are merged with one angle each.</summary>
public static partial class LayerGrouping
{
    /// <summary>The name of the only group at <see cref="Granularity.Model"/>.</summary>
    public const string WholeModel = "model";

    /// <summary>The group of a tensor at layer granularity: the path down to the block's number, or the tensor's own name.</summary>
    /// <param name="tensorName">For instance <c>model.layers.3.mlp.up_proj.weight</c>, which belongs to <c>model.layers.3</c>.</param>
    /// <remarks>
    /// Blocks are found by the names in use: <c>layers</c>, <c>layer</c>, <c>h</c>, <c>blocks</c>, <c>block</c>, <c>blk</c> followed by a number.
    /// For other names give <see cref="MergeOptions.GroupOf"/>.
    /// </remarks>
    public static string LayerOf(string tensorName)
    {
        ArgumentNullException.ThrowIfNull(tensorName);
        var match = BlockPath().Match(tensorName);
        return match.Success ? match.Value[..^1] : tensorName;
    }

    internal static IEnumerable<IGrouping<string, NamedTensor>> Group(ParameterSet weights, MergeOptions options)
    {
        var rule = Rule(options);
        return weights.Trainable.GroupBy(t => rule(t.Name), StringComparer.Ordinal);
    }

    /// <summary>The group of a tensor by its name.</summary>
    internal static Func<string, string> Rule(MergeOptions options) => options.Granularity switch
    {
        Granularity.Layer => options.GroupOf ?? LayerOf,
        Granularity.Tensor => name => name,
        Granularity.Model => _ => WholeModel,
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Granularity, "Granularity may be Layer, Tensor or Model."),
    };

    // Without backtracking no name takes long, and there is no limit of time that a busy machine could exceed.
    [GeneratedRegex(@"^(?:.*?\.)?(?:layers|layer|h|blocks|block|blk)\.\d+\.", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex BlockPath();
}
