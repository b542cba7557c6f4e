using System.Numerics;
using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class SlerpMergerTests
{
    private static readonly Gen<double[]> Vector = Gen.Double[-2, 2].Array[7];
    private static readonly Gen<double> Share = Gen.Int[0, 64].Select(i => i / 64.0);

    [Fact]
    public void Two_policies_against_whole_vectors_in_float64() => Gen.Select(Vector, Vector, Vector, Share).Sample(
        (init, a, b, lambda) =>
        {
            var expected = Reference.Slerp(init, a, b, lambda);
            var sine = Math.Sin(Reference.Angle(Reference.Minus(a, init), Reference.Minus(b, init)) ?? 1);
            if (sine < 1e-2)
                return; // GoldenMergeTests has the awkward angles.
            Tolerance.AssertClose(expected, Merge(new MergeOptions { Lambda = lambda }, init, a, b), Tolerance.Float64 / (sine * sine), Tolerance.Scale(init, a, b));
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void Several_policies_against_whole_vectors_in_float64() => Gen.Select(Vector, Vector.Array[1, 6]).Sample(
        (init, policies) => Tolerance.AssertClose(
            Reference.Slerp(init, policies), Merge(new MergeOptions(), init, policies), Tolerance.NearlyOpposite, Tolerance.Scale([init, .. policies])),
        iter: 200,
        threads: 1);

    [Fact]
    public void Turning_the_order_round_turns_lambda_round() => Gen.Select(Vector, Vector, Vector, Share).Sample(
        (init, a, b, lambda) => Tolerance.AssertClose(
            Merge(new MergeOptions { Lambda = lambda }, init, a, b),
            Merge(new MergeOptions { Lambda = 1 - lambda }, init, b, a),
            Tolerance.NearlyOpposite,
            Tolerance.Scale(init, a, b)),
        iter: 100,
        threads: 1);

    [Fact]
    public void A_policy_merged_with_itself_is_itself() => Gen.Select(Vector, Vector, Share).Sample(
        (init, a, lambda) => Tolerance.AssertClose(a, Merge(new MergeOptions { Lambda = lambda }, init, a, a), Tolerance.Float64, Tolerance.Scale(init, a)),
        iter: 100,
        threads: 1);

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Lambda_0_gives_the_first_and_1_the_second_bit_for_bit(ScalarType type)
    {
        // Angles of all kinds, −0, and numbers so small that an arithmetic detour would lose them.
        using var init = Sets.Of(type, ("a", [1, 2]), ("b", [1, 2]), ("c", [1, 1]), ("d", [0, 0]), ("e", [3, 3]));
        using var first = Sets.Of(type, ("a", [1.1, 2]), ("b", [2, 3]), ("c", [2, 0]), ("d", [-0.0, 6e-8]), ("e", [3, 3]));
        using var second = Sets.Of(type, ("a", [1, -7.3]), ("b", [3, 4]), ("c", [0, 2]), ("d", [1, -0.0]), ("e", [9, -0.0]));
        using var at0 = new SlerpMerger(new MergeOptions { Lambda = 0 }).Merge(init, [first, second]);
        using var at1 = new SlerpMerger(new MergeOptions { Lambda = 1 }).Merge(init, [first, second]);
        Bits.AssertSame(first, at0.Weights);
        Bits.AssertSame(second, at1.Weights);
    }

    [Fact]
    public void One_policy_is_returned_bit_for_bit()
    {
        using var init = Sets.One(ScalarType.Float32, 1, 2);
        using var policy = Sets.One(ScalarType.Float32, 0.1, -0.0);
        using var merged = new SlerpMerger().Merge(init, [policy]);
        Bits.AssertSame(policy, merged.Weights);
        Bits.AssertNothingShared(merged.Weights, init, policy);
        Assert.Empty(Assert.Single(merged.Report.Groups).Steps);
    }

    [Fact]
    public void Lemma_1_vectors_of_one_length_give_that_length() => Gen.Select(Vector, Vector, Gen.Double[0.1, 3], Share).Sample(
        (a, b, length, lambda) =>
        {
            var (d1, d2) = (OfLength(a, length), OfLength(b, length));
            if (Math.Sin(Reference.Angle(d1, d2)!.Value) < 1e-2)
                return;
            using var init = Sets.One(ScalarType.Float64, new double[7]);
            using var first = Sets.One(ScalarType.Float64, d1);
            using var second = Sets.One(ScalarType.Float64, d2);
            using var merged = new SlerpMerger(new MergeOptions { Lambda = lambda }).Merge(init, [first, second]);
            Assert.Equal(length, Reference.Norm(merged.Weights.Only()), Tolerance.NearlyOpposite * length);
            Assert.Equal(length, merged.Report.Groups[0].MergedNorm, Tolerance.NearlyOpposite * length);
        },
        iter: 200,
        threads: 1);

    [Fact]
    public void Angles_are_measured_per_group_and_about_init()
    {
        // Task vectors (1, 0) and (0, 1) in both blocks, but turned by 90° in the second: the whole is 90° as well; per tensor of block 0 it is not.
        using var init = Sets.Of(ScalarType.Float64, ("h.0.x", [5]), ("h.0.y", [6]), ("head", [7, 7]));
        using var a = Sets.Of(ScalarType.Float64, ("h.0.x", [6]), ("h.0.y", [6]), ("head", [8, 7]));
        using var b = Sets.Of(ScalarType.Float64, ("h.0.x", [5]), ("h.0.y", [7]), ("head", [9, 7]));
        using var merged = new SlerpMerger().Merge(init, [a, b]);
        Assert.Equal(["h.0", "head"], merged.Report.Groups.Select(g => g.Name));
        var block = merged.Report.Groups[0];
        Assert.Equal(["h.0.x", "h.0.y"], block.Tensors);
        Assert.Equal(2, block.Parameters);
        Assert.Equal([1, 1], block.Norms);
        Assert.Equal(90, Assert.Single(block.Steps).AngleDegrees!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(0.5), merged.Weights["h.0.x"].Values()[0] - 5, 1e-14);
        Assert.Equal(Math.Sqrt(0.5), merged.Weights["h.0.y"].Values()[0] - 6, 1e-14);
        Assert.Equal(MergeStepKind.Parallel, Assert.Single(merged.Report.Groups[1].Steps).Kind);
        Assert.Equal(1.5, merged.Weights["head"].Values()[0] - 7, 1e-14);

        using var perTensor = new SlerpMerger(new MergeOptions { Granularity = Granularity.Tensor }).Merge(init, [a, b]);
        Assert.Equal(MergeStepKind.ZeroVector, perTensor.Report.Groups[0].Steps[0].Kind);
        Assert.Equal(5.5, perTensor.Weights["h.0.x"].Values()[0]);
    }

    [Fact]
    public void Opposite_vectors_are_reported()
    {
        using var init = Sets.One(ScalarType.Float64, 0, 0);
        using var a = Sets.One(ScalarType.Float64, 1, 2);
        using var b = Sets.One(ScalarType.Float64, -2, -4);
        using var merged = new SlerpMerger().Merge(init, [a, b]);
        Assert.Equal(MergeStepKind.Opposite, merged.Report.Groups[0].Steps[0].Kind);
        Assert.Equal([-0.5, -1], merged.Weights.Only());
        var warning = Assert.Single(merged.Report.Warnings);
        Assert.Contains("'w'", warning, StringComparison.Ordinal);
        Assert.Contains("policy 2", warning, StringComparison.Ordinal);
        Assert.Contains("opposite", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e-2)]
    [InlineData(1e-3)]
    [InlineData(1e-4)]
    [InlineData(1e-5)]
    [InlineData(3e-6)]
    public void Nearly_opposite_vectors_merge_to_the_last_place(double apart)
    {
        // λ = ½: θ_init + (δ¹ + δ²) / (2 cos Ω/2), where cos Ω/2 = sin (π − Ω)/2 and tan(π − Ω) = √(‖δ¹‖²‖δ²‖² − (δ¹·δ²)²) / −δ¹·δ².
        const int Count = 5000;
        var init = Sets.Normal(1, Count).Select(x => (double)(float)x).ToArray();
        var task = Sets.Normal(2, Count, 0.01);
        var a = init.Zip(task, (x, d) => (double)(float)(x + d)).ToArray();
        var b = init.Zip(task.Zip(Sets.Normal(3, Count, 0.01 * apart)), (x, d) => (double)(float)(x - d.First + d.Second)).ToArray();
        BigInteger[] d1 = [.. a.Zip(init, (x, y) => Exact.Of(x) - Exact.Of(y))], d2 = [.. b.Zip(init, (x, y) => Exact.Of(x) - Exact.Of(y))];
        BigInteger Inner(BigInteger[] x, BigInteger[] y) => x.Zip(y, Exact.Product).Aggregate(BigInteger.Add);
        var (square1, square2, inner) = (Inner(d1, d1), Inner(d2, d2), Inner(d1, d2));
        var supplement = Math.Atan(Math.Sqrt(Exact.Ratio(square1 * square2 - inner * inner, inner * inner)));
        Assert.InRange(supplement, 1.1e-6, 2 * apart);
        var expected = init.Select((x, k) => x + (Exact.Ratio(d1[k] + d2[k], Exact.Of(1)) / (2 * Math.Sin(supplement / 2)))).ToArray();

        using var start = Sets.One(ScalarType.Float32, init);
        using var first = Sets.One(ScalarType.Float32, a);
        using var second = Sets.One(ScalarType.Float32, b);
        using var merged = new SlerpMerger().Merge(start, [first, second]);
        Assert.Equal(MergeStepKind.Spherical, merged.Report.Groups[0].Steps[0].Kind);

        // The weights are factors of up to 1/supplement times numbers of size 4, in float64.
        Tolerance.AssertFloat32(expected, merged.Weights.Only(), 4 / supplement * 1e-15);
    }

    [Fact]
    public void The_order_of_several_policies_is_part_of_the_result()
    {
        double[] init = [0, 0, 0], a = [1, 0, 0], b = [0, 1, 0], c = [0, 0, 1];
        Assert.NotEqual(Merge(new MergeOptions(), init, a, b, c), Merge(new MergeOptions(), init, c, b, a));
    }

    [Fact]
    public void Coefficients_and_norms_are_those_of_the_result()
    {
        double[] init = [1, 1], a = [2, 1], b = [1, 3];
        using var start = Sets.One(ScalarType.Float64, init);
        using var first = Sets.One(ScalarType.Float64, a);
        using var second = Sets.One(ScalarType.Float64, b);
        using var merged = new SlerpMerger(new MergeOptions { Lambda = 0.25 }).Merge(start, [first, second]);
        var group = merged.Report.Groups[0];
        Assert.Equal("slerp", merged.Report.Method);
        Assert.Equal(2, merged.Report.Policies);
        Assert.Equal([1.0, 2.0], group.Norms);
        Assert.Equal(0.5, group.Steps[0].NormRatio);
        Tolerance.AssertClose([Math.Cos(Math.PI / 8), Math.Sin(Math.PI / 8)], group.Coefficients, Tolerance.Float64, 1);
        Assert.Equal(Reference.Norm(Reference.Minus(merged.Weights.Only(), init)), group.MergedNorm, 1e-14);
    }

    private static double[] OfLength(double[] vector, double length) => [.. vector.Select(x => x * length / Reference.Norm(vector))];

    private static double[] Merge(MergeOptions options, double[] init, params double[][] policies)
    {
        using var start = Sets.One(ScalarType.Float64, init);
        var sets = policies.Select(p => Sets.One(ScalarType.Float64, p)).ToArray();
        using var merged = new SlerpMerger(options).Merge(start, sets);
        Array.ForEach(sets, s => s.Dispose());
        return merged.Weights.Only();
    }
}
