using System.Buffers.Binary;
using System.Text;
using CsCheck;

namespace Warp.Tests;

/// <summary>Files that nobody vouches for: a typed error each time, and no tensor left behind.</summary>
public sealed class SafetensorsMalformedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("bad.safetensors");

    public static TheoryData<string, int, string> Headers => new()
    {
        { "", 0, "does not begin with '{'" },
        { "[]", 0, "does not begin with '{'" },
        { " {}", 0, "does not begin with '{'" },
        { "{", 0, "not valid JSON" },
        { "{}x", 0, "not valid JSON" },
        { "{}{}", 0, "not valid JSON" },
        { """{"a":}""", 0, "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},}""", 4, "not valid JSON" },
        { "{} ", 3, "tensors end at byte 0, but the file has 3 bytes" },
        { """{"a":1}""", 0, "its entry is a number" },
        { """{"a":null}""", 0, "its entry is null" },
        { """{"a":{}}""", 0, "must have dtype, shape and two data_offsets" },
        { """{" ":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4, "must have a name" },
        { """{"a":{"shape":[1],"data_offsets":[0,4]}}""", 4, "must have dtype" },
        { """{"a":{"dtype":"F32","data_offsets":[0,4]}}""", 4, "must have dtype" },
        { """{"a":{"dtype":"F32","shape":[1]}}""", 4, "must have dtype" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "two data_offsets" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", 4, "data_offsets has more than 2 numbers" },
        { """{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", 1, "its dtype is F8_E4M3, and TorchSharp has tensors of BOOL" },
        { """{"a":{"dtype":7,"shape":[1],"data_offsets":[0,1]}}""", 1, "its dtype is a number" },
        { """{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "shape is a number" },
        { """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "shape must hold whole numbers" },
        { """{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "shape must hold whole numbers" },
        { """{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""", 4, "shape must hold whole numbers" },
        { """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "shape must hold whole numbers" },
        { """{"a":{"dtype":"F32","shape":[18446744073709551617],"data_offsets":[0,4]}}""", 4, "shape must hold whole numbers" },
        { """{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "too large" },
        { """{"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "too large" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "F32 [2] takes 8 bytes, but its offsets span 4" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 3, "the file has only 3 bytes of data" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "before they begin" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "neither overlap nor leave a hole" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "tensors end at byte 4, but the file has 8" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775804,9223372036854775807]}}""", 8, "only 8 bytes of data" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "neither overlap nor leave a hole" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "the name is given twice" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "dtype is given twice" },
        { """{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", 4, "shape is given twice" },
        { """{"__metadata__":[]}""", 0, "must be an object of strings" },
        { """{"__metadata__":{"a":1}}""", 0, "'a' is a number; it must be a string" },
        { """{"__metadata__":{"a":{"b":"c"}}}""", 0, "'a' is an object; it must be a string" },
        { """{"__metadata__":{"a":"1","a":"2"}}""", 0, "'a' is given twice" },
        { """{"__metadata__":{},"__metadata__":{}}""", 0, "the name is given twice" },
        { """{"\ud800":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4, "no text" },
        { """{"__metadata__":{"a":"\udfff"}}""", 0, "no text" },
        { """{"a":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]}}""", 1, "neither 0 nor 1" },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_bad_header_is_a_typed_error(string header, int dataBytes, string problem)
    {
        Write(Encoding.UTF8.GetBytes(header), [.. Enumerable.Repeat((byte)0xFF, dataBytes)]);
        var failure = AssertRefused();
        Assert.Contains(problem, failure.Message, StringComparison.Ordinal);
        Assert.Equal(failure.TensorName is not null, failure.Message.Contains($"tensor '{failure.TensorName}'", StringComparison.Ordinal));
    }

    [Fact]
    public void Bad_UTF8_is_a_typed_error()
    {
        Write([.. "{\"a"u8, 0xC3, 0x28, .. "\":1}"u8], []);
        Assert.Contains("UTF-8", AssertRefused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_a_typed_error()
    {
        Write(Encoding.UTF8.GetBytes("{\"a\":{\"x\":" + new string('[', 100_000)), []);
        Assert.Contains("not valid JSON", AssertRefused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shape_of_many_dimensions_is_a_typed_error()
    {
        Write(Encoding.UTF8.GetBytes($$$"""{"a":{"dtype":"F32","shape":[{{{string.Join(',', Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,4]}}"""), [0, 0, 0, 0]);
        Assert.Contains("shape has more than 64 numbers", AssertRefused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_name_is_shortened_in_the_message()
    {
        Write(Encoding.UTF8.GetBytes($$"""{"{{new string('n', 100_000)}}":1}"""), []);
        Assert.InRange(AssertRefused().Message.Length, 1, 1000);
    }

    [Fact]
    public void A_name_of_pages_is_a_typed_error()
    {
        Write(Encoding.UTF8.GetBytes($$$"""{"{{{new string('n', 4097)}}}":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"""), [1]);
        Assert.Contains("its name has 4097 characters; at most 4096 are accepted", AssertRefused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public void A_file_without_a_length_is_a_typed_error(int bytes)
    {
        File.WriteAllBytes(Path, new byte[bytes]);
        Assert.Contains($"it has {bytes} bytes", AssertRefused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100_000_001UL, "at most 100000000")]
    [InlineData(ulong.MaxValue, "at most 100000000")]
    [InlineData(1UL << 63, "at most 100000000")]
    [InlineData(100_000_000UL, "may be cut off")]
    [InlineData(3UL, "may be cut off")]
    public void A_length_beyond_the_file_or_the_bound_is_a_typed_error(ulong length, string problem)
    {
        var bytes = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        "{}"u8.CopyTo(bytes.AsSpan(8));
        File.WriteAllBytes(Path, bytes);
        Assert.Contains(problem, AssertRefused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_fields_are_passed_over()
    {
        Write("""{"a":{"later":[{"x":[1]}],"dtype":"I16","shape":[],"data_offsets":[0,2]}}"""u8, [7, 0]);
        using var loaded = Safetensors.Load(Path);
        Assert.Equal([7], loaded.Only());
    }

    [Fact]
    public void Entries_may_come_in_any_order()
    {
        Write("""{"b":{"dtype":"U8","shape":[1],"data_offsets":[1,2]},"e":{"dtype":"U8","shape":[0],"data_offsets":[1,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"""u8, [5, 6]);
        using var loaded = Safetensors.Load(Path);
        Assert.Equal(["a", "e", "b"], loaded.Select(t => t.Name));
        Assert.Equal([6], loaded["b"].Values());
    }

    [Fact]
    public void A_tie_to_a_missing_tensor_is_only_text()
    {
        Write("""{"__metadata__":{"x":"gone","b":"a","a":"b"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[0],"data_offsets":[1,1]}}"""u8, [5]);
        using var loaded = Safetensors.Load(Path);
        Assert.All(loaded, t => Assert.Empty(t.Aliases));
    }

    [Fact]
    public void Cut_off_or_changed_files_never_do_more_than_fail()
    {
        using var weights = Sets.Of(TorchSharp.torch.ScalarType.Float32, ("a", [1, 2, 3]), ("b", [4]));
        Safetensors.Save(Path, weights);
        var good = File.ReadAllBytes(Path);
        Gen.Select(Gen.Int[0, good.Length], Gen.Int[0, good.Length - 1], Gen.Byte).Sample(
            (length, at, value) =>
            {
                var bytes = good.ToArray();
                bytes[at] = value;
                File.WriteAllBytes(Path, bytes.AsSpan(0, length).ToArray());
                try
                {
                    Safetensors.Load(Path).Dispose();
                }
                catch (SafetensorsException failure)
                {
                    Assert.Equal(Path, failure.FilePath);
                }
            },
            iter: 2000,
            threads: 1);
    }

    private SafetensorsException AssertRefused()
    {
        SafetensorsException? failure = null;
        LiveTensors.AssertNoneLeft(() => failure = Assert.Throws<SafetensorsException>(() => Safetensors.Load(Path)));
        Assert.Equal(Path, failure!.FilePath);
        Assert.Contains($"'{Path}'", failure.Message, StringComparison.Ordinal);
        return failure;
    }

    private void Write(ReadOnlySpan<byte> header, ReadOnlySpan<byte> data)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        File.WriteAllBytes(Path, [.. prefix, .. header, .. data]);
    }
}
