using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class TiedTensorsTests
{
    public static TheoryData<ScalarType> Types =>
        [ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Int64, ScalarType.Int32, ScalarType.Byte, ScalarType.Bool];

    [Theory]
    [MemberData(nameof(Types))]
    public void One_storage_under_several_names_is_one_tensor_whatever_its_type(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var shared = ones([2, 3], type);
        var groups = Group(("a", shared), ("b", ones([2, 3], type)), ("c", shared.alias()), ("d", shared.detach()));
        Assert.Equal(["a", "b"], groups.Select(g => g.Name));
        Assert.Equal(["c", "d"], groups[0].Aliases);
        Assert.Empty(groups[1].Aliases);
    }

    [Fact]
    public void A_module_that_ties_its_head_is_found()
    {
        using var module = new TiedModule();
        using var weights = ParameterSet.Of(module);
        Assert.Equal(["embed.weight"], weights.Select(t => t.Name));
        Assert.Equal(["head.weight"], weights[0].Aliases);
        Assert.Equal(12, weights.TrainableCount);
    }

    [Fact]
    public void Halves_of_one_storage_are_two_tensors()
    {
        using var scope = NewDisposeScope();
        var fused = arange(8, ScalarType.Float32);
        Assert.Equal(2, Group(("a", fused[..4]), ("b", fused[4..])).Length);
    }

    [Theory]
    [InlineData(0, 5, 4, 8)] // overlapping ends
    [InlineData(0, 8, 2, 4)] // one within the other
    [InlineData(0, 8, 0, 4)] // one start
    public void A_part_in_common_is_refused(int startA, int endA, int startB, int endB)
    {
        using var scope = NewDisposeScope();
        var fused = arange(8, ScalarType.Float32);
        var failure = Assert.Throws<ArgumentException>(() => Group(("first", fused[startA..endA]), ("second", fused[startB..endB])));
        Assert.Contains("'first' and 'second' share a part of one storage", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Clone one of them", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Another_view_of_the_same_values_is_refused()
    {
        using var scope = NewDisposeScope();
        var square = arange(4, ScalarType.Float32).view(2, 2);
        Assert.Throws<ArgumentException>(() => Group(("a", square), ("b", square.t())));
        Assert.Throws<ArgumentException>(() => Group(("a", square), ("b", square.view(4))));
    }

    [Fact]
    public void Empty_tensors_are_never_tied()
    {
        using var scope = NewDisposeScope();
        var none = zeros(0);
        Assert.Equal(2, Group(("a", none), ("b", none)).Length);
    }

    [Fact]
    public void A_tie_is_trainable_if_one_of_its_names_is()
    {
        using var scope = NewDisposeScope();
        var shared = ones(2);
        Assert.True(Assert.Single(TiedTensors.Group([KeyValuePair.Create("a", shared), KeyValuePair.Create("b", shared)], name => name == "b")).IsTrainable);
    }

    [Fact]
    public void Looking_leaves_no_tensor()
    {
        using var scope = NewDisposeScope();
        var shared = ones(2);
        LiveTensors.AssertNoneLeft(() => Group(("a", shared), ("b", shared)));
    }

    private static NamedTensor[] Group(params (string Name, Tensor Tensor)[] tensors) =>
        TiedTensors.Group(tensors.Select(t => KeyValuePair.Create(t.Name, t.Tensor)), _ => true);
}
