using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A message is short, whatever differs; the list is complete.</summary>
public sealed class ParameterDifferenceTests
{
    [Fact]
    public void What_all_tensors_have_in_common_is_one_line()
    {
        using var folder = new TemporaryFolder();
        using var narrow = Sets.Of(ScalarType.BFloat16, [.. Enumerable.Range(0, 29).Select(i => ($"t{i}", new double[] { 1 }))]);
        using var wide = Sets.Of(ScalarType.Float32, [.. Enumerable.Range(0, 29).Select(i => ($"t{i}", new double[] { 1 }))]);
        Safetensors.Save(folder.File("bf16.safetensors"), narrow);
        Safetensors.Save(folder.File("f32.safetensors"), wide);

        var failure = Assert.Throws<ParameterMismatchException>(() =>
            new CheckpointMerger().Merge(folder.File("bf16.safetensors"), [folder.File("bf16.safetensors"), folder.File("f32.safetensors")], folder.File("out.safetensors")));
        Assert.Equal(29, failure.Differences.Count);
        Assert.Contains($"all 29 tensors are BF16 in θ_init ('{folder.File("bf16.safetensors")}') but F32 in policy 2 ('{folder.File("f32.safetensors")}')", failure.Message, StringComparison.Ordinal);
        Assert.Contains("dotnet warp liti --init X --target X --eta 0 --dtype f32", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, failure.Message.Split('\n').Length);

        Assert.Contains("all 29 tensors are BFloat16 in θ_init but Float32 in policy 1", Assert.Throws<ParameterMismatchException>(() => new SlerpMerger().Merge(narrow, [wide])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_way_out_of_different_types_works()
    {
        using var folder = new TemporaryFolder();
        using var narrow = Sets.One(ScalarType.BFloat16, 1.5, -2);
        using var wide = Sets.One(ScalarType.Float32, 3, -2);
        Safetensors.Save(folder.File("a.safetensors"), narrow);
        Safetensors.Save(folder.File("b.safetensors"), wide);
        var (same, converted) = (folder.File("a.safetensors"), folder.File("converted.safetensors"));

        new CheckpointMerger().Interpolate(same, same, [(0, converted)], new() { Merge = new() { OutputType = ScalarType.Float32 } });
        new CheckpointMerger().Merge(converted, [folder.File("b.safetensors")], folder.File("out.safetensors"));
        using var result = Safetensors.Load(converted);
        Assert.Equal(ScalarType.Float32, result[0].Tensor.dtype);
        Assert.Equal([1.5, -2], result.Only());
    }

    [Fact]
    public void Of_each_kind_a_message_shows_ten_examples_and_the_list_has_all()
    {
        using var init = Sets.Of(ScalarType.Float32, [.. Enumerable.Range(0, 29).Select(i => ($"only{i}", new double[] { 1 })), ("shape", [1])]);
        using var policy = Sets.Of(ScalarType.Float32, ("extra", [1]), ("shape", [1, 2]));
        var failure = Assert.Throws<ParameterMismatchException>(() => new SlerpMerger().Merge(init, [policy]));
        Assert.Equal(31, failure.Differences.Count);
        Assert.Contains("(31 differences)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'only9' is in θ_init but not in policy 1", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'only10'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("and 19 more like these", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'extra' is in policy 1 but not in θ_init", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'shape' is [1] in θ_init but [2] in policy 1", failure.Message, StringComparison.Ordinal);
    }
}
