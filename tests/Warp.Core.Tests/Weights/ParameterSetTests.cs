using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class ParameterSetTests
{
    [Fact]
    public void A_live_set_follows_its_module_and_frees_nothing()
    {
        using var module = new MixedModule(1, 2, 3);
        var weights = ParameterSet.Of(module);
        Assert.Equal(["moved", "frozen", "counter"], weights.Select(t => t.Name));
        Assert.Equal([true, false, false], weights.Select(t => t.IsTrainable));
        Assert.Equal(["moved"], weights.Trainable.Select(t => t.Name));
        Assert.Equal(1, weights.TrainableCount);
        using (no_grad())
            module.get_parameter("moved")!.fill_(9);
        Assert.Equal([9], weights["moved"].Values());
        weights.Dispose();
        Assert.Equal(9, module.get_parameter("moved")!.item<float>());
    }

    [Fact]
    public void A_copy_owns_its_tensors_and_leaves_the_originals()
    {
        using var scope = NewDisposeScope();
        var original = tensor([1f, 2f], requires_grad: true);
        var weights = ParameterSet.Copy([KeyValuePair.Create("w", original)]);
        Bits.AssertSame(original, weights["w"].Tensor);
        Assert.NotEqual(Bits.Address(original), Bits.Address(weights["w"].Tensor));
        Assert.False(weights["w"].Tensor.requires_grad);
        var owned = weights["w"].Tensor;
        weights.Dispose();
        Assert.True(owned.IsInvalid);
        Assert.False(original.IsInvalid);
    }

    [Fact]
    public void Floating_tensors_of_a_copy_are_trainable()
    {
        using var scope = NewDisposeScope();
        using var weights = ParameterSet.Copy(
            [KeyValuePair.Create("f", ones(2)), KeyValuePair.Create("i", ones(2, ScalarType.Int32)), KeyValuePair.Create("b", ones(2, ScalarType.Bool))]);
        Assert.Equal(["f"], weights.Trainable.Select(t => t.Name));
    }

    [Fact]
    public void A_clone_keeps_names_ties_roles_and_values()
    {
        using var tied = new TiedModule();
        using var live = ParameterSet.Of(tied);
        using var clone = live.Clone();
        Bits.AssertSame(live, clone);
        Bits.AssertNothingShared(clone, live);
        Assert.Equal(live[0].Aliases, clone[0].Aliases);

        using var mixed = new MixedModule(1, 2, 3);
        using var roles = ParameterSet.Of(mixed);
        using var copy = roles.Clone(ScalarType.BFloat16);
        Assert.Equal(roles.Select(t => t.IsTrainable), copy.Select(t => t.IsTrainable));
        Assert.Equal([ScalarType.BFloat16, ScalarType.BFloat16, ScalarType.Int64], copy.Select(t => t.Tensor.dtype));
        Assert.Equal(CPU.type, roles.Clone(device: CPU)[0].Tensor.device.type);
    }

    [Fact]
    public void Lookup_by_name_alias_and_index()
    {
        using var module = new TiedModule();
        using var weights = ParameterSet.Of(module);
        Assert.Same(weights[0], weights["embed.weight"]);
        Assert.Same(weights[0], weights["head.weight"]);
        Assert.True(weights.TryGet("head.weight", out var found));
        Assert.Same(weights[0], found);
        Assert.False(weights.TryGet("none", out _));
        var failure = Assert.Throws<KeyNotFoundException>(() => weights["none"]);
        Assert.Contains("'none'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'embed.weight'", failure.Message, StringComparison.Ordinal);
        Assert.Equal("embed.weight [4, 3] Float32", weights[0].ToString());
        using var empty = ParameterSet.Copy([]);
        Assert.Contains("(none)", Assert.Throws<KeyNotFoundException>(() => empty["w"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CopyFrom_rounds_to_the_types_of_the_target()
    {
        using var target = Sets.One(ScalarType.BFloat16, 0, 0);
        using var source = Sets.One(ScalarType.Float32, 1 + 1.0 / 1024, 2);
        Bits.AssertUnchanged(() => target.CopyFrom(source), source);
        Assert.Equal([1, 2], target.Only());
    }

    [Fact]
    public void CopyFrom_writes_into_a_modules_own_tensors_ties_and_all()
    {
        using var module = new TiedModule();
        using var live = ParameterSet.Of(module);
        using var other = new TiedModule();
        using var source = ParameterSet.Of(other).Clone();
        live.CopyFrom(source);
        Bits.AssertSame(source, live);
        Assert.Equal(source[0].Values(), Sets.Values(module.get_parameter("head.weight")!));
        Assert.True(module.get_parameter("embed.weight")!.requires_grad);
    }

    [Fact]
    public void CopyFrom_of_another_layout_changes_nothing()
    {
        using var target = Sets.Of(ScalarType.Float32, ("a", [1]), ("b", [1]));
        using var source = Sets.Of(ScalarType.Float32, ("a", [2]), ("c", [1, 2]));
        Bits.AssertUnchanged(
            () => LiveTensors.AssertNoneLeft(() => Assert.Equal(
                ["'b' is in the target but not in the source", "'c' is in the source but not in the target"],
                Assert.Throws<ParameterMismatchException>(() => target.CopyFrom(source)).Differences)),
            target,
            source);
    }

    [Fact]
    public void A_disposed_set_says_so()
    {
        var weights = Sets.One(ScalarType.Float32, 1);
        weights.Dispose();
        weights.Dispose();
        Assert.Throws<ObjectDisposedException>(() => weights[0]);
        Assert.Throws<ObjectDisposedException>(() => weights["w"]);
        Assert.Throws<ObjectDisposedException>(() => weights.TryGet("w", out _));
        Assert.Throws<ObjectDisposedException>(() => weights.GetEnumerator());
        Assert.Throws<ObjectDisposedException>(() => weights.Clone());
        Assert.Throws<ObjectDisposedException>(() => weights.Trainable.ToList());
        Assert.Throws<ObjectDisposedException>(() => weights.TrainableCount);
        using var other = Sets.One(ScalarType.Float32, 1);
        Assert.Throws<ObjectDisposedException>(() => weights.CopyFrom(other));
        Assert.Throws<ObjectDisposedException>(() => other.CopyFrom(weights));
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        using var scope = NewDisposeScope();
        using var weights = Sets.One(ScalarType.Float32, 1);
        Assert.Throws<ArgumentNullException>("module", () => ParameterSet.Of(null!));
        Assert.Throws<ArgumentNullException>("tensors", () => ParameterSet.Copy(null!));
        Assert.Throws<ArgumentNullException>("source", () => weights.CopyFrom(null!));
        using var identity = nn.Identity();
        Assert.Contains("no parameters and no buffers", Assert.Throws<ArgumentException>("module", () => ParameterSet.Of(identity)).Message, StringComparison.Ordinal);
        var twice = Assert.Throws<ArgumentException>("tensors", () => ParameterSet.Copy([KeyValuePair.Create("w", ones(1)), KeyValuePair.Create("w", ones(1))]));
        Assert.Contains("'w' is given twice; give every tensor a name of its own", twice.Message, StringComparison.Ordinal);
        var empty = Assert.Throws<ArgumentException>("tensors", () => ParameterSet.Copy([KeyValuePair.Create(" ", ones(1))]));
        Assert.Contains("give every tensor a name", empty.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_tensor_is_left()
    {
        using var scope = NewDisposeScope();
        var original = ones(3);
        using var module = new MixedModule(1, 2, 3);
        using var weights = Sets.Of(ScalarType.Float32, ("a", [1]), ("b", [2]));
        using var other = Sets.Of(ScalarType.BFloat16, ("a", [1]), ("b", [2]));
        LiveTensors.AssertNoneLeft(() => ParameterSet.Of(module).Dispose());
        LiveTensors.AssertNoneLeft(() => ParameterSet.Copy([KeyValuePair.Create("w", original), KeyValuePair.Create("v", original)]).Dispose());
        LiveTensors.AssertNoneLeft(() => weights.Clone(ScalarType.Float64).Dispose());
        LiveTensors.AssertNoneLeft(() => weights.CopyFrom(other));
        LiveTensors.AssertNoneLeft(() => Assert.Throws<InvalidTimeZoneException>(() => weights.Map(
            entry => entry.Name == "b" ? throw new InvalidTimeZoneException() : entry.Tensor.clone())));
        LiveTensors.AssertNoneLeft(() => Assert.Throws<ArgumentException>(() => ParameterSet.Copy([KeyValuePair.Create("w", original), KeyValuePair.Create("w", original)])));
    }

    [Fact]
    public void What_it_owns_outlives_a_scope()
    {
        ParameterSet clone;
        using (NewDisposeScope())
        {
            using var weights = Sets.One(ScalarType.Float32, 1);
            clone = weights.Clone();
        }

        using (clone)
            Assert.Equal([1], clone.Only());
    }
}
