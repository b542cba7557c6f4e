using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Merges at awkward angles, against Goldens/make_goldens.py.</summary>
public sealed class GoldenMergeTests
{
    [Theory]
    [MemberData(nameof(GoldenMerge.Names), MemberType = typeof(GoldenMerge))]
    public void Slerp_in_float64(string name)
    {
        var golden = GoldenMerge.Named(name);
        using var merged = Merge(golden, ScalarType.Float64, new SlerpMerger(new MergeOptions { Lambda = golden.Lambda }));
        Tolerance.AssertClose(golden.Slerp, merged.Weights.Only(), Tolerance.NearlyOpposite, golden.Scale);
    }

    [Theory]
    [MemberData(nameof(GoldenMerge.Names), MemberType = typeof(GoldenMerge))]
    public void Slerp_in_float32_is_the_float64_result_rounded_once(string name)
    {
        var golden = GoldenMerge.Named(name);
        using var merged = Merge(golden, ScalarType.Float32, new SlerpMerger(new MergeOptions { Lambda = golden.Lambda }));
        Tolerance.AssertFloat32(golden.Slerp, merged.Weights.Only(), Tolerance.NearlyOpposite * golden.Scale);
    }

    [Theory]
    [MemberData(nameof(GoldenMerge.Names), MemberType = typeof(GoldenMerge))]
    public void Angles(string name)
    {
        var golden = GoldenMerge.Named(name);
        using var merged = Merge(golden, ScalarType.Float32, new SlerpMerger(new MergeOptions { Lambda = golden.Lambda }));
        var steps = Assert.Single(merged.Report.Groups).Steps;
        Assert.Equal(golden.AnglesDegrees.Length, steps.Count);
        foreach (var (expected, step) in golden.AnglesDegrees.Zip(steps))
        {
            Assert.Equal(expected is null, step.AngleDegrees is null);
            if (expected is { } angle)
                Assert.Equal(angle, step.AngleDegrees!.Value, Tolerance.AngleDegrees);
        }
    }

    [Theory]
    [MemberData(nameof(GoldenMerge.Names), MemberType = typeof(GoldenMerge))]
    public void Mean(string name)
    {
        var golden = GoldenMerge.Named(name);
        using var merged = Merge(golden, ScalarType.Float64, new LerpMerger());
        Tolerance.AssertClose(golden.Mean, merged.Weights.Only(), Tolerance.Float64, golden.Scale);
    }

    [Theory]
    [MemberData(nameof(GoldenMerge.Names), MemberType = typeof(GoldenMerge))]
    public void Liti(string name)
    {
        var golden = GoldenMerge.Named(name);
        using var start = Sets.One(ScalarType.Float64, golden.Init);
        using var target = Sets.One(ScalarType.Float64, golden.Slerp);
        using var result = new LitiInterpolator().Interpolate(start, target, GoldenMerge.LitiEta);
        Tolerance.AssertClose(golden.Liti03, result.Only(), Tolerance.Float64, golden.Scale);
    }

    private static MergeResult Merge(GoldenMerge golden, ScalarType type, IMerger merger)
    {
        using var init = Sets.One(type, golden.Init);
        var policies = golden.Policies.Select(p => Sets.One(type, p)).ToArray();
        try
        {
            return merger.Merge(init, policies);
        }
        finally
        {
            Array.ForEach(policies, p => p.Dispose());
        }
    }
}
