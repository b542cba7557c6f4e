using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class ParameterLayoutTests
{
    [Fact]
    public void Equal_layouts_have_no_differences_whatever_their_values_and_order()
    {
        using var left = Sets.Of(ScalarType.Float32, ("a", [1]), ("b", [2, 3]));
        using var right = Sets.Of(ScalarType.Float32, ("b", [4, 5]), ("a", [6]));
        Assert.Empty(ParameterLayout.Differences(left, right, "left", "right").Select(d => d.Text));
    }

    [Fact]
    public void Types_and_roles_count_only_when_asked_for()
    {
        using var module = new MixedModule(1, 2, 3);
        using var left = ParameterSet.Of(module);
        using var scope = NewDisposeScope();
        using var right = ParameterSet.Copy(left.Select(t => KeyValuePair.Create(t.Name, t.Name == "moved" ? t.Tensor.to(ScalarType.Float64) : t.Tensor)));
        Assert.Equal(
            ["'moved' is Float32 in left but Float64 in right", "'frozen' is frozen in left but trainable in right"],
            ParameterLayout.Differences(left, right, "left", "right").Select(d => d.Text));
        Assert.Empty(ParameterLayout.Differences(left, right, "left", "right", strict: false));
    }

    [Fact]
    public void A_scalar_and_one_number_differ_in_shape()
    {
        using var scope = NewDisposeScope();
        using var left = ParameterSet.Copy([KeyValuePair.Create("a", tensor(1f))]);
        using var right = ParameterSet.Copy([KeyValuePair.Create("a", tensor([1f]))]);
        Assert.Equal(["'a' is [] in left but [1] in right"], ParameterLayout.Differences(left, right, "left", "right").Select(d => d.Text));
    }

    [Fact]
    public void Only_values_that_are_not_trained_are_compared()
    {
        using var first = new MixedModule(1, 2, 3);
        using var second = new MixedModule(9, 9, 3);
        using var left = ParameterSet.Of(first);
        using var right = ParameterSet.Of(second);
        Assert.Equal(
            ["'frozen' is not trained, yet its values in right differ from those in left"],
            ParameterLayout.FrozenDifferences(left, right, "left", "right").Select(d => d.Text));
    }
}
