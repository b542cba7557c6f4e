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
        var (f32, bf16) = (SafetensorsType.Find("F32")!, SafetensorsType.Find("BF16")!);
        var header = SafetensorsHeader.Lay([("b", bf16, [3]), ("é\"", f32, []), ("a", f32, [0, 2])], new Dictionary<string, string> { ["k"] = "v" }, "file");
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
        var f32 = SafetensorsType.Find("F32")!;
        var header = SafetensorsHeader.Lay([("😀", f32, []), ("～", f32, []), ("B", f32, []), ("a", f32, [])], NoMetadata, "file");
        Assert.Equal(["B", "a", "～", "😀"], header.Entries.Select(e => e.Name));
    }

    [Fact]
    public void Data_begin_at_a_multiple_of_8()
    {
        var f32 = SafetensorsType.Find("F32")!;
        for (var length = 1; length <= 16; length++)
            Assert.Equal(0, SafetensorsHeaderWriter.Write(SafetensorsHeader.Lay([(new string('n', length), f32, [])], NoMetadata, "file"), "file").Length % 8);
    }

    [Fact]
    public void A_shape_that_no_number_holds_is_refused()
    {
        var failure = Assert.Throws<SafetensorsException>(
            () => SafetensorsHeader.Lay([("w", SafetensorsType.Find("F32")!, [long.MaxValue, long.MaxValue])], NoMetadata, "file"));
        Assert.Equal(("file", "w"), (failure.FilePath, failure.TensorName));
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
    }
}
