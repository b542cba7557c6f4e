using System.Text;

namespace Warp.Tests;

public sealed class SafetensorsHeaderTests
{
    private static readonly Dictionary<string, string> NoMetadata = [];

    [Fact]
    public void An_empty_header_is_an_empty_object()
    {
        var bytes = SafetensorsHeaderWriter.Write(SafetensorsHeader.Lay([], NoMetadata, "file"), "file");
        Assert.Equal("{}      ", Encoding.UTF8.GetString(bytes.AsSpan(8)));
        Assert.Equal(8, BitConverter.ToInt64(bytes));
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var header = SafetensorsHeader.Lay([new("b", "BF16", [3]), new("é\"", "F32", []), new("a", "F32", [0, 2])], new Dictionary<string, string> { ["k"] = "v" }, "file");
        Assert.Equal([("a", 0L, 0L), ("é\"", 0L, 4L), ("b", 4L, 10L)], header.Entries.Select(e => (e.Name, e.Begin, e.End)));
        var read = SafetensorsHeaderReader.Read(SafetensorsHeaderWriter.Write(header, "file").AsSpan(8), dataBytes: 10, "file");
        Assert.Equal(header.Entries.Select(Text), read.Entries.Select(Text));
        Assert.Equal(header.Metadata, read.Metadata);

        static string Text(SafetensorsEntry e) => $"{e.Name} {e.Type.Name} {e.ShapeText} {e.Begin} {e.End}";
    }

    [Fact]
    public void Names_are_ordered_by_their_bytes_as_the_reference_writer_orders_them()
    {
        // U+FF5E comes before U+1F600 in UTF-8 and after its surrogates in UTF-16.
        var header = SafetensorsHeader.Lay([new("😀", "F32", []), new("～", "F32", []), new("B", "F32", []), new("a", "F32", [])], NoMetadata, "file");
        Assert.Equal(["B", "a", "～", "😀"], header.Entries.Select(e => e.Name));
    }

    [Fact]
    public void Data_begin_at_a_multiple_of_8()
    {
        for (var length = 1; length <= 16; length++)
            Assert.Equal(0, SafetensorsHeaderWriter.Write(SafetensorsHeader.Lay([new(new string('n', length), "F32", [])], NoMetadata, "file"), "file").Length % 8);
    }

    [Fact]
    public void Data_that_no_number_holds_are_refused()
    {
        Assert.Throws<ArgumentException>("shape", () => new CheckpointTensor("w", "F32", [long.MaxValue, long.MaxValue]));
        var failure = Assert.Throws<SafetensorsException>(
            () => SafetensorsHeader.Lay([new("v", "U8", [long.MaxValue / 2]), new("w", "U8", [long.MaxValue / 2])], NoMetadata, "file"));
        Assert.Equal(("file", "w"), (failure.FilePath, failure.TensorName));
    }

    [Fact]
    public void Types_of_every_width_lie_in_the_order_of_the_reference_writer()
    {
        string[] order = ["U64", "I64", "F64", "C64", "F32", "U32", "I32", "BF16", "F16", "U16", "I16", "F8_E8M0", "F8_E4M3", "F8_E5M2", "I8", "U8", "F6_E3M2", "F6_E2M3", "F4", "BOOL"];
        long[] bytes = [32, 32, 32, 32, 16, 16, 16, 8, 8, 8, 8, 4, 4, 4, 4, 4, 3, 3, 2, 4];
        var header = SafetensorsHeader.Lay(order.Reverse().Select(type => new CheckpointTensor(type, type, [4])).Append(new("?", "LATER_1", [4], 5)), NoMetadata, "file");
        Assert.Equal([.. order, "?"], header.Entries.Select(e => e.Name));
        Assert.Equal([.. bytes, 5], header.Entries.Select(e => e.End - e.Begin));
    }

    [Fact]
    public void A_tensor_to_write_is_checked()
    {
        Assert.Throws<ArgumentException>("name", () => new CheckpointTensor(" ", "F32", []));
        Assert.Throws<ArgumentException>("typeName", () => new CheckpointTensor("w", "float 32", []));
        Assert.Throws<ArgumentException>("shape", () => new CheckpointTensor("w", "F32", [-1]));
        Assert.Throws<ArgumentException>("shape", () => new CheckpointTensor("w", "F32", new long[65]));
        Assert.Throws<ArgumentException>("shape", () => new CheckpointTensor("w", "F4", [3]));
        Assert.Throws<ArgumentException>("byteCount", () => new CheckpointTensor("w", "F32", [2], 4));
        Assert.Throws<ArgumentException>("byteCount", () => new CheckpointTensor("w", "LATER", [2]));
        Assert.Throws<ArgumentException>("byteCount", () => new CheckpointTensor("w", "LATER", [2], -1));
        Assert.Equal("w [2, 3] BF16", new CheckpointTensor("w", "F32", [2, 3]).WithType("BF16").ToString());
        Assert.Equal(6, new CheckpointTensor("w", "F32", [2, 3]).ElementCount);
    }

    [Fact]
    public void A_file_that_shrinks_while_it_is_read_is_a_typed_error()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let anyone shrink a file that is open for reading.");
        using var folder = new TemporaryFolder();
        var path = folder.File("w.safetensors");
        using var weights = Sets.One(TorchSharp.torch.ScalarType.Float32, 1, 2, 3);
        Safetensors.Save(path, weights);
        using var reader = SafetensorsReader.Open(path);
        using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(file.Length - 4);
        LiveTensors.AssertNoneLeft(() =>
        {
            var failure = Assert.Throws<SafetensorsException>(() => reader.Read(reader.Header.Entries[0]));
            Assert.Equal((path, "w"), (failure.FilePath, failure.TensorName));
            Assert.Contains("while it was read", failure.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void The_exception_keeps_what_it_is_given()
    {
        var inner = new InvalidOperationException();
        Assert.Same(inner, new SafetensorsException("what", inner).InnerException);
        Assert.Equal((null, null, "what"), (new SafetensorsException("what").FilePath, new SafetensorsException("what").TensorName, new SafetensorsException("what").Message));
        Assert.IsType<IOException>(new SafetensorsException(), exactMatch: false);
        Assert.Equal("Safetensors file 'f', tensor 't': broken.", new SafetensorsException("broken.", "f", "t").Message);
        Assert.Equal("Safetensors file 'f': broken.", new SafetensorsException("broken.", "f", null).Message);
        Assert.Equal("'model.safetensors.index.json': broken.", new SafetensorsException("broken.", "model.safetensors.index.json", null).Message);
    }
}
