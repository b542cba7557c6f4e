using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>What every merger owes its caller, whatever its formula.</summary>
public sealed class MergerContractTests
{
    public static TheoryData<string> Methods => ["slerp", "lerp"];

    [Theory]
    [InlineData("slerp", ScalarType.Float32)]
    [InlineData("slerp", ScalarType.Float64)] // the type of the arithmetic itself: a conversion to it is no copy
    [InlineData("lerp", ScalarType.Float32)]
    [InlineData("lerp", ScalarType.Float64)]
    public void Inputs_are_not_changed_and_nothing_is_shared(string method, ScalarType type)
    {
        using var data = new Trio(type);
        Bits.AssertUnchanged(
            () =>
            {
                using var merged = Merger(method).Merge(data.Init, data.Policies);
                Bits.AssertNothingShared(merged.Weights, data.All);
            },
            data.All);

        // λ = 0 is a copy, not the input itself.
        using var copy = Merger(method, new MergeOptions { Lambda = 0 }).Merge(data.Init, data.Policies);
        Bits.AssertNothingShared(copy.Weights, data.All);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_result_outlives_its_inputs_and_a_scope(string method)
    {
        MergeResult merged;
        using (NewDisposeScope())
        {
            using var data = new Trio();
            merged = Merger(method).Merge(data.Init, data.Policies);
        }

        Assert.All(merged.Weights, t => Assert.All(t.Values(), v => Assert.True(double.IsFinite(v))));
        merged.Dispose();
        Assert.Throws<ObjectDisposedException>(() => merged.Weights[0]);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void No_tensor_is_left(string method)
    {
        using var data = new Trio();
        LiveTensors.AssertNoneLeft(() => Merger(method).Merge(data.Init, data.Policies).Dispose());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Ties_are_merged_once_and_tied_again(string method)
    {
        using var scope = NewDisposeScope();
        using var init = Tied(0, 0);
        using var a = Tied(1, 0);
        using var b = Tied(0, 1);
        using var merged = Merger(method).Merge(init, [a, b]);
        Assert.Single(merged.Weights);
        Assert.Equal(["head"], merged.Weights["embed"].Aliases);
        Assert.Same(merged.Weights["embed"], merged.Weights["head"]);
        Assert.Equal(["embed"], merged.Report.Groups.SelectMany(g => g.Tensors));
        var share = method == "slerp" ? Math.Sqrt(0.5) : 0.5;
        Tolerance.AssertFloat32([share, share], merged.Weights["head"].Values(), 0);

        static ParameterSet Tied(float x, float y)
        {
            var shared = tensor([x, y]);
            return ParameterSet.Copy([KeyValuePair.Create("embed", shared), KeyValuePair.Create("head", shared)]);
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Buffers_and_frozen_weights_are_carried_over(string method)
    {
        using var init = new Mixed(1, frozen: 0.1f, counter: 7);
        using var a = new Mixed(2, frozen: 0.1f, counter: 7);
        using var merged = Merger(method).Merge(init.Weights, [a.Weights, a.Weights]);
        Bits.AssertSame(init.Weights["frozen"].Tensor, merged.Weights["frozen"].Tensor);
        Bits.AssertSame(init.Weights["counter"].Tensor, merged.Weights["counter"].Tensor);
        Bits.AssertNothingShared(merged.Weights, init.Weights, a.Weights);
        Assert.Equal([2], merged.Weights["moved"].Values());
        Assert.False(merged.Weights["frozen"].IsTrainable);
        Assert.Equal(["moved"], merged.Report.Groups.SelectMany(g => g.Tensors));
    }

    [Fact]
    public void Frozen_NaNs_agree_with_themselves()
    {
        using var init = new Mixed(1, frozen: float.NaN, counter: 7);
        using var a = new Mixed(2, frozen: float.NaN, counter: 7);
        using var merged = new SlerpMerger().Merge(init.Weights, [a.Weights]);
        Bits.AssertSame(init.Weights["frozen"].Tensor, merged.Weights["frozen"].Tensor);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Disagreements_of_what_is_not_trained_are_all_listed(string method)
    {
        using var init = new Mixed(1, frozen: 0.1f, counter: 7);
        using var a = new Mixed(2, frozen: 0.2f, counter: 7);
        using var b = new Mixed(2, frozen: 0.1f, counter: 8);
        var failure = AssertRefused<ParameterMismatchException>(() => Merger(method).Merge(init.Weights, [a.Weights, b.Weights]), init.Weights, a.Weights, b.Weights);
        Assert.Equal(2, failure.Differences.Count);
        Assert.Contains("'frozen'", failure.Differences[0], StringComparison.Ordinal);
        Assert.Contains("policy 1", failure.Differences[0], StringComparison.Ordinal);
        Assert.Contains("'counter'", failure.Differences[1], StringComparison.Ordinal);
        Assert.Contains("policy 2", failure.Differences[1], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void All_differences_of_all_policies_are_listed(string method)
    {
        using var scope = NewDisposeScope();
        using var init = Sets.Of(ScalarType.Float32, ("a", [1, 2]), ("b", [1]), ("c", [1]));
        using var shape = Sets.Of(ScalarType.Float32, ("a", [1]), ("b", [1]), ("d", [1]));
        using var type = Sets.Of(ScalarType.BFloat16, ("a", [1, 2]), ("b", [1]), ("c", [1]));
        var failure = AssertRefused<ParameterMismatchException>(() => Merger(method).Merge(init, [shape, type]), init, shape, type);
        Assert.Equal(
            [
                "'a' is [2] in θ_init but [1] in policy 1",
                "'c' is in θ_init but not in policy 1",
                "'d' is in policy 1 but not in θ_init",
                "'a' is Float32 in θ_init but BFloat16 in policy 2",
                "'b' is Float32 in θ_init but BFloat16 in policy 2",
                "'c' is Float32 in θ_init but BFloat16 in policy 2",
            ],
            failure.Differences);
        Assert.All(failure.Differences.Take(3), d => Assert.Contains(d, failure.Message, StringComparison.Ordinal));
        Assert.Contains("all 3 tensors are Float32 in θ_init but BFloat16 in policy 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("6 differences", failure.Message, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Different_ties_are_a_difference(string method)
    {
        using var scope = NewDisposeScope();
        var shared = ones(2);
        using var tied = ParameterSet.Copy([KeyValuePair.Create("a", shared), KeyValuePair.Create("b", shared)]);
        using var untied = Sets.Of(ScalarType.Float32, ("a", [1, 1]), ("b", [1, 1]));
        var failure = AssertRefused<ParameterMismatchException>(() => Merger(method).Merge(tied, [untied]), tied, untied);
        Assert.Contains(failure.Differences, d => d.Contains("tied as [a, b]", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void No_policies_are_refused(string method)
    {
        using var init = Sets.One(ScalarType.Float32, 1);
        var failure = AssertRefused<ArgumentException>(() => Merger(method).Merge(init, []), init);
        Assert.Contains("There are 0 policies to merge; give at least 1", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Nulls_are_refused(string method)
    {
        using var init = Sets.One(ScalarType.Float32, 1);
        Assert.Throws<ArgumentNullException>("init", () => Merger(method).Merge(null!, [init]));
        Assert.Throws<ArgumentNullException>("policies", () => Merger(method).Merge(init, null!));
        Assert.Throws<ArgumentNullException>("policies", () => Merger(method).Merge(init, [init, null!]));
    }

    [Theory]
    [InlineData("slerp", double.NaN)]
    [InlineData("slerp", float.NegativeInfinity)]
    [InlineData("lerp", double.PositiveInfinity)]
    public void Weights_that_are_not_finite_are_named_with_their_policy(string method, double value)
    {
        using var init = Sets.Of(ScalarType.Float32, ("fine", [1, 2]), ("bad", [1, 2]));
        using var good = Sets.Of(ScalarType.Float32, ("fine", [2, 2]), ("bad", [2, 2]));
        using var bad = Sets.Of(ScalarType.Float32, ("fine", [2, 2]), ("bad", [2, value]));
        // The bad group comes last, so that what was merged before it must be freed; λ = 0 ignores policy 2's values but not its failure.
        var failure = AssertRefused<NonFiniteWeightsException>(() => Merger(method, new MergeOptions { Lambda = 0 }).Merge(init, [good, bad]), init, good, bad);
        Assert.Contains("'bad' of policy 2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Leave it out of the merge", failure.Message, StringComparison.Ordinal);
        failure = AssertRefused<NonFiniteWeightsException>(() => Merger(method).Merge(bad, [good, good]), good, bad);
        Assert.Contains("'bad' of θ_init", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Cancellation_leaves_nothing(string method)
    {
        using var data = new Trio();
        using var source = new CancellationTokenSource();
        // The grouping rule is called for each tensor before the work on them begins.
        var merger = Merger(method, new MergeOptions
        {
            GroupOf = name =>
            {
                source.Cancel();
                return name;
            },
        });
        AssertRefused<OperationCanceledException>(() => merger.Merge(data.Init, data.Policies, source.Token), data.All);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_disposed_input_is_refused(string method)
    {
        using var init = Sets.One(ScalarType.Float32, 1);
        var gone = Sets.One(ScalarType.Float32, 1);
        gone.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Merger(method).Merge(init, [gone]));
        Assert.Throws<ObjectDisposedException>(() => Merger(method).Merge(gone, [init]));
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, 7, -126)]
    [InlineData(ScalarType.Float16, 10, -14)]
    public void Half_precision_is_rounded_once_at_the_end(ScalarType type, int mantissaBits, int smallestExponent)
    {
        using var init = Sets.One(type, Sets.Normal(1, 50));
        using var a = Sets.One(type, Sets.Normal(2, 50));
        using var b = Sets.One(type, Sets.Normal(3, 50));
        using var c = Sets.One(type, Sets.Normal(4, 50));
        var expected = Reference.Slerp(init.Only(), a.Only(), b.Only(), c.Only());
        using var merged = new SlerpMerger().Merge(init, [a, b, c]);
        Assert.Equal(type, merged.Weights[0].Tensor.dtype);
        // Rounded once: within half a unit; the reference differs from the exact value by far less.
        var halfUnit = expected.Select(e => Math.ScaleB(0.5, Math.Max(smallestExponent, Math.ILogB(e)) - mantissaBits)).ToArray();
        Assert.All(expected.Zip(merged.Weights.Only(), halfUnit), t => Assert.True(Math.Abs(t.First - t.Second) <= t.Third * (1 + 1e-9)));
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void The_output_type_is_the_callers(ScalarType type)
    {
        using var init = new Mixed(1, frozen: 0.1f, counter: 7);
        using var a = new Mixed(2, frozen: 0.1f, counter: 7);
        using var merged = new SlerpMerger(new MergeOptions { OutputType = type }).Merge(init.Weights, [a.Weights]);
        Assert.Equal(type, merged.Weights["moved"].Tensor.dtype);
        Assert.Equal(ScalarType.Float32, merged.Weights["frozen"].Tensor.dtype);
        Assert.Equal(ScalarType.Int64, merged.Weights["counter"].Tensor.dtype);
    }

    [Fact]
    public void Small_task_vectors_on_large_weights_survive()
    {
        // θ_init is 1e4 times the task vectors; float32 arithmetic on θ would leave three digits of them.
        var init = Sets.Normal(1, 100, scale: 1);
        var d1 = Sets.Normal(2, 100, scale: 1e-4);
        var d2 = Sets.Normal(3, 100, scale: 1e-4);
        using var start = Sets.One(ScalarType.Float32, init);
        using var a = Sets.One(ScalarType.Float32, [.. init.Zip(d1, (x, d) => x + d)]);
        using var b = Sets.One(ScalarType.Float32, [.. init.Zip(d2, (x, d) => x + d)]);
        using var merged = new SlerpMerger(new MergeOptions { OutputType = ScalarType.Float64 }).Merge(start, [a, b]);
        var expected = Reference.Slerp(start.Only(), a.Only(), b.Only());
        Tolerance.AssertClose(
            Reference.Minus(expected, start.Only()), Reference.Minus(merged.Weights.Only(), start.Only()), Tolerance.Float64, Tolerance.Scale(start.Only()));
    }

    [Fact]
    public void Tensors_of_any_layout_give_the_same_bits()
    {
        using var scope = NewDisposeScope();
        var values = Enumerable.Range(0, 3).Select(m => tensor(Sets.Normal((ulong)m, 60)).view(6, 10)).ToArray();
        using var plain = new SlerpMerger().Merge(Set(values[0]), [Set(values[1]), Set(values[2])]);
        using var strided = new SlerpMerger().Merge(Live(values[0]), [Live(values[1]), Live(values[2])]);
        Bits.AssertSame(plain.Weights, strided.Weights);

        static ParameterSet Set(Tensor t) => ParameterSet.Copy([KeyValuePair.Create("w", t)]);

        // A buffer that is a transposed view, made trainable by hand: modules may hold such weights.
        static ParameterSet Live(Tensor t) => ParameterSet.Own(TiedTensors.Group([KeyValuePair.Create("w", t.t().contiguous().t())], _ => true));
    }

    [Fact]
    public void Empty_and_scalar_tensors_are_merged()
    {
        using var scope = NewDisposeScope();
        using var init = ParameterSet.Copy([KeyValuePair.Create("none", zeros(0, 3)), KeyValuePair.Create("one", tensor(1f))]);
        using var a = ParameterSet.Copy([KeyValuePair.Create("none", zeros(0, 3)), KeyValuePair.Create("one", tensor(3f))]);
        using var merged = new SlerpMerger().Merge(init, [a, a]);
        Assert.Equal([0, 3], merged.Weights["none"].Tensor.shape);
        Assert.Empty(merged.Weights["one"].Tensor.shape);
        Assert.Equal([3], merged.Weights["one"].Values());
    }

    private static IMerger Merger(string method, MergeOptions? options = null) => method == "slerp" ? new SlerpMerger(options) : new LerpMerger(options);

    private static T AssertRefused<T>(Action action, params ParameterSet[] inputs)
        where T : Exception
    {
        T? failure = null;
        Bits.AssertUnchanged(() => LiveTensors.AssertNoneLeft(() => failure = Assert.ThrowsAny<T>(action)), inputs);
        return failure!;
    }

    private sealed class Trio(ScalarType type = ScalarType.Float32) : IDisposable
    {
        public ParameterSet Init { get; } = Make(1, type);

        public ParameterSet[] Policies { get; } = [Make(2, type), Make(3, type)];

        public ParameterSet[] All => [Init, .. Policies];

        public void Dispose() => Array.ForEach(All, s => s.Dispose());

        private static ParameterSet Make(ulong seed, ScalarType type) =>
            Sets.Of(type, ("embed", Sets.Normal(seed, 5)), ("h.0.a", Sets.Normal(seed + 10, 3)), ("h.0.b", Sets.Normal(seed + 20, 3)));
    }

    /// <summary>A trained weight, a frozen one and an integer buffer.</summary>
    private sealed class Mixed : IDisposable
    {
        private readonly MixedModule _module;

        public Mixed(float moved, float frozen, long counter)
        {
            _module = new MixedModule(moved, frozen, counter);
            Weights = ParameterSet.Of(_module);
        }

        public ParameterSet Weights { get; }

        public void Dispose()
        {
            Weights.Dispose();
            _module.Dispose();
        }
    }
}
