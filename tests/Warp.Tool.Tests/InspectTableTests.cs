using Warp.Tool.Input;
using Warp.Tool.Output;

namespace Warp.Tests;

/// <summary>Whatever the terminal's width, every number is on its line and whole.</summary>
public sealed class InspectTableTests
{
    private static readonly string[] Names =
    [
        "model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight", "model.layers.0.self_attn.k_proj.weight", "model.layers.11.self_attn.q_proj.weight", "x",
    ];

    public static MatrixTheoryData<int, int> WidthsAndPolicies => new([40, 60, 80, 120], [2, 3]);

    [Theory]
    [MemberData(nameof(WidthsAndPolicies))]
    public void There_is_a_line_for_each_group_and_step_with_all_of_its_cells(int width, int policies)
    {
        var outcome = Outcome(policies);
        var lines = InspectTable.Lines(outcome, width);
        Assert.Equal(2 + Names.Length * (policies - 1), lines.Count);
        Assert.All(lines, l => Assert.Equal(l.TrimEnd(), l));
        var rows = lines.Skip(2).Select(l => l.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).ToList();
        for (var i = 0; i < rows.Count; i++)
        {
            string[] cells = i % (policies - 1) == 0
                ? ["1,234,567", "δ¹", "δ²", "0.01234", "0.01234", "89.12°", "0.4936", "0.01235°"]
                : ["1,234,567", "δ¹⁻²", "δ³", "0.03085", "0.01234", "89.12°", "2.5", "0.01235°"];
            Assert.Equal(policies == 2 ? cells.Where(c => c[0] != 'δ') : cells, rows[i].Skip(1));
        }

        // No two groups look alike.
        Assert.Equal(Names.Length, rows.Select(r => r[0]).Distinct(StringComparer.Ordinal).Count());
        if (width >= 120)
        {
            Assert.All(Names, name => Assert.Contains(rows, r => r[0] == name));
            Assert.All(lines, l => Assert.True(l.Length <= width, l));
        }
    }

    [Fact]
    public void Names_give_way_only_as_far_as_needed()
    {
        var natural = InspectTable.Lines(Outcome(2), null).Max(l => l.Length);
        Assert.Equal(InspectTable.Lines(Outcome(2), null), InspectTable.Lines(Outcome(2), natural));
        var narrower = InspectTable.Lines(Outcome(2), natural - 5);
        Assert.Equal(natural - 5, narrower.Max(l => l.Length));
        Assert.Contains(narrower, l => l.StartsWith("model.embed_tokens.weight ", StringComparison.Ordinal));
        Assert.Contains(narrower, l => l.Contains('…', StringComparison.Ordinal));
    }

    [Fact]
    public void Remarks_have_a_column_only_when_there_are_some()
    {
        Assert.DoesNotContain("remark", InspectTable.Lines(Outcome(2), null)[0], StringComparison.Ordinal);
        var opposite = Outcome(2) with { Groups = [.. Outcome(2).Groups.Select(g => g with { Steps = [g.Steps[0] with { Kind = MergeStepKind.Opposite }] })] };
        Assert.EndsWith("remark", InspectTable.Lines(opposite, null)[0], StringComparison.Ordinal);
        Assert.EndsWith("opposite", InspectTable.Lines(opposite, null)[2], StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_of_three_policies_say_between_what()
    {
        var lines = InspectTable.Lines(Outcome(3), null);
        Assert.Contains("δ¹ ", lines[2], StringComparison.Ordinal);
        Assert.Contains("δ¹⁻²  δ³", lines[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0°")]
    [InlineData(0.0057, "0.005700°")]
    [InlineData(0.00001234, "1.234E-5°")]
    [InlineData(9.87654, "9.877°")]
    [InlineData(90, "90.00°")]
    [InlineData(179.43, "179.4°")]
    public void Angles_have_four_digits(double degrees, string text) => Assert.Equal(text, Numbers.Angle(degrees));

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("abc", "abd", 1)]
    [InlineData("abc", "acb", 1)]
    [InlineData("mrege", "merge", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Words_are_as_far_apart_as_the_fewest_changes(string a, string b, int distance) => Assert.Equal((distance, distance), (Nearest.Distance(a, b), Nearest.Distance(b, a)));

    /// <summary>In each group all norms are 0.01234; what has been merged before the third policy has 2.5 times that.</summary>
    private static InspectOutcome Outcome(int policies) => new(
        "layer",
        "init",
        [.. Enumerable.Range(1, policies).Select(m => $"p{m}")],
        [.. Names.Select(name => new MergeGroup(
            name,
            [name],
            1_234_567,
            [.. Enumerable.Repeat(0.01234, policies)],
            [.. Enumerable.Range(0, policies - 1).Select(i => new MergeStep(89.123, i == 0 ? 0.49361 : 2.5, MergeStepKind.Spherical))],
            [.. Enumerable.Repeat(1.0, policies)],
            1))],
        [.. Names.Select(_ => (IReadOnlyList<double?>)[.. Enumerable.Repeat<double?>(0.0123456, policies - 1)])],
        [],
        Plot: null);
}
