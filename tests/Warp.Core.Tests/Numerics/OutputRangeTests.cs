using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A weight that is finite must not become infinite in silence.</summary>
public sealed class OutputRangeTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(1000)]
    public void Infinities_and_NaNs_are_counted_wherever_they_are(int length)
    {
        var values = new float[length];
        Array.Fill(values, float.MaxValue);
        var bad = 0;
        for (var i = 0; i < length; i += 3, bad++)
            values[i] = (i % 2 == 0) ? float.NegativeInfinity : float.NaN;
        Assert.Equal(bad, OutputRange.CountNonFinite(ScalarType.Float32, MemoryMarshal.AsBytes(values.AsSpan())));
        Assert.Equal(bad, OutputRange.CountNonFinite(ScalarType.Float64, MemoryMarshal.AsBytes(Array.ConvertAll(values, v => (double)v).AsSpan())));
        Assert.Equal(bad, OutputRange.CountNonFinite(ScalarType.Float16, MemoryMarshal.AsBytes(Array.ConvertAll(values, v => float.IsFinite(v) ? Half.MaxValue : (Half)v).AsSpan())));
        ushort[] brain = Array.ConvertAll(values, v => float.IsFinite(v) ? (ushort)0x7F7F : (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16));
        Assert.Equal(bad, OutputRange.CountNonFinite(ScalarType.BFloat16, MemoryMarshal.AsBytes(brain.AsSpan())));
    }

    [Theory]
    [InlineData(ScalarType.Float32, ScalarType.Float16, 70000)]
    [InlineData(ScalarType.BFloat16, ScalarType.Float16, 131072)]
    [InlineData(ScalarType.Float32, ScalarType.BFloat16, 3.4e38)]
    [InlineData(ScalarType.Float64, ScalarType.Float32, 1e39)]
    public void A_merge_in_memory_and_one_of_files_name_the_tensor_and_leave_nothing(ScalarType type, ScalarType output, double value)
    {
        using var folder = new TemporaryFolder();
        using var init = Sets.Of(type, ("x", [0, 0, 0]), ("y", [1, 1, 1]));
        using var policy = Sets.Of(type, ("x", [1, 1, 1]), ("y", [value, 1, -value]));
        var (start, end) = (folder.File("init.safetensors"), folder.File("p.safetensors"));
        Safetensors.Save(start, init);
        Safetensors.Save(end, policy);
        var before = Directory.GetFileSystemEntries(folder.Path).Order().ToList();
        var options = new MergeOptions { OutputType = output };
        Action[] ways =
        [
            () => new SlerpMerger(options).Merge(init, [policy, policy]),
            () => new CheckpointMerger().Merge(start, [end, end], folder.File("out.safetensors"), new() { Merge = options }),
            () => new CheckpointMerger().Merge(start, [end, end], folder.File("out.safetensors"), new() { Merge = options, Eta = 1 }),
            () => new CheckpointMerger().Interpolate(start, end, [(0.5, folder.File("half.safetensors")), (1, folder.File("out.safetensors"))], new() { Merge = options }),
        ];
        foreach (var way in ways)
        {
            var message = Assert.Throws<NonFiniteWeightsException>(way).Message;
            Assert.StartsWith("'y': 2 of 3 weights of the result would be infinite as ", message, StringComparison.Ordinal);
            Assert.Equal(before, Directory.GetFileSystemEntries(folder.Path).Order());
        }
    }

    [Fact]
    public void The_way_out_is_named()
    {
        var message = OutputRange.DoesNotFit("x", "1 of 2 weights", ScalarType.Float16).Message;
        Assert.Equal("'x': 1 of 2 weights of the result would be infinite as F16, which ends at ±65504; give the result a type with more room, such as BF16 or F32.", message);
    }

    [Fact]
    public void The_largest_value_still_fits()
    {
        using var init = Sets.One(ScalarType.Float32, 0, 0);
        using var policy = Sets.One(ScalarType.Float32, 65504, -65504);
        using var merged = new SlerpMerger(new() { OutputType = ScalarType.Float16 }).Merge(init, [policy]);
        Assert.Equal([65504, -65504], merged.Weights.Only());
    }

    [Fact]
    public void Extrapolation_out_of_the_range_of_the_weights_is_an_error_too()
    {
        using var init = Sets.One(ScalarType.Float16, 0, 1);
        using var target = Sets.One(ScalarType.Float16, 40000, 1);
        var interpolator = new LitiInterpolator { AllowExtrapolation = true };
        LiveTensors.AssertNoneLeft(() =>
            Assert.StartsWith("'w': 1 of 2 weights", Assert.Throws<NonFiniteWeightsException>(() => interpolator.Interpolate(init, target, 2)).Message, StringComparison.Ordinal));
        using var further = interpolator.Interpolate(init, target, 1.5);
        Assert.Equal([60000, 1], further.Only());
    }
}
