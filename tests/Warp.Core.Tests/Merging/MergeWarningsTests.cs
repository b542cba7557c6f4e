using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>What a merge says when it is of no use.</summary>
public sealed class MergeWarningsTests
{
    private static readonly double[] Init = [1, 1], Other = [1, 3], Opposed = [1, -1];

    [Theory]
    [InlineData("slerp")]
    [InlineData("lerp")]
    public void A_policy_that_is_the_start_everywhere_is_told_by_its_number(string method)
    {
        var warning = Assert.Single(Of(method, [Other, Init], [Other, Init]));
        Assert.StartsWith("Policy 2 is θ_init in every weight", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_the_start_in_some_groups_is_no_warning() => Assert.Empty(Of("slerp", [Other, Init], [Other, [5, 1]]));

    [Fact]
    public void Policies_with_the_same_weights_are_told_by_their_numbers()
    {
        var warning = Assert.Single(Of("slerp", [Other, [7, 7], Other], [Other, [7, 7], Other]));
        Assert.StartsWith("Policies 1 and 3 have the same weights", warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Policies_that_differ_in_one_group_are_no_warning() => Assert.Empty(Of("slerp", [Other, Other], [Other, [7, 7]]));

    [Fact]
    public void A_multiple_is_not_the_same() => Assert.Empty(Of("slerp", [Other, [1, 5]], [Other, [1, 5]]));

    [Fact]
    public void Policies_that_are_all_the_start_are_not_called_the_same_too() =>
        Assert.All(Of("slerp", [Init, Init], [Init, Init]), w => Assert.Contains("is θ_init", w, StringComparison.Ordinal));

    [Fact]
    public void Opposite_groups_are_counted_and_named()
    {
        Assert.StartsWith("In 1 of 2 groups the task vector of policy 2 is opposite", Assert.Single(Of("slerp", [Other, Opposed], [Other, [7, 7]])), StringComparison.Ordinal);
        var many = Assert.Single(Of("slerp", [.. Enumerable.Repeat(new[] { Other, Opposed }, 12)]));
        Assert.StartsWith("In 12 of 12 groups", many, StringComparison.Ordinal);
        Assert.EndsWith("'g9' and 2 more.", many, StringComparison.Ordinal);
    }

    /// <summary>The warnings for groups "g0", "g1" …, each given as the values of its policies.</summary>
    private static IReadOnlyList<string> Of(string method, params double[][][] groups)
    {
        using var init = Sets.Of(ScalarType.Float32, [.. groups.Select((_, g) => ($"g{g}", Init))]);
        var policies = Enumerable.Range(0, groups[0].Length).Select(m => Sets.Of(ScalarType.Float32, [.. groups.Select((values, g) => ($"g{g}", values[m]))])).ToList();
        try
        {
            IMerger merger = method == "slerp" ? new SlerpMerger() : new LerpMerger();
            using var merged = merger.Merge(init, policies);
            return merged.Report.Warnings;
        }
        finally
        {
            policies.ForEach(p => p.Dispose());
        }
    }
}
