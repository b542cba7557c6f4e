using System.Text;
using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.File("weights.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Int64)]
    [InlineData(ScalarType.Int32)]
    [InlineData(ScalarType.Int16)]
    [InlineData(ScalarType.Int8)]
    [InlineData(ScalarType.Byte)]
    [InlineData(ScalarType.Bool)]
    public void Every_type_comes_back_bit_for_bit(ScalarType type)
    {
        using var weights = Sets.One(type, 0, 1, 1, 0, 1);
        Safetensors.Save(Path, weights);
        using var loaded = Safetensors.Load(Path);
        Bits.AssertSame(weights, loaded);
        Assert.Equal(type is ScalarType.Float64 or ScalarType.Float32 or ScalarType.Float16 or ScalarType.BFloat16, loaded[0].IsTrainable);
    }

    [Fact]
    public void Any_bits_shape_and_name_come_back() =>
        Gen.Select(Gen.Int[0, 5].Array[0, 4], Gen.String.Where(n => !string.IsNullOrWhiteSpace(n)), Gen.ULong).Sample(
            (sizes, name, seed) =>
            {
                using var scope = NewDisposeScope();
                var shape = sizes.Select(s => (long)s).ToArray();
                var values = empty(shape, ScalarType.Float32);
                var random = new RandomStream(seed);
                foreach (ref var b in values.view(-1).bytes)
                    b = (byte)random.NextInt32(256); // NaNs with payloads, denormals, infinities
                using var weights = ParameterSet.Copy([KeyValuePair.Create(name, values)]);
                Safetensors.Save(Path, weights);
                using var loaded = Safetensors.Load(Path);
                Bits.AssertSame(weights, loaded);
            },
            iter: 200,
            threads: 1);

    [Fact]
    public void Strided_tensors_are_written_in_C_order()
    {
        using var scope = NewDisposeScope();
        var rows = arange(6, ScalarType.Float32).view(2, 3);
        using var module = new Strided(rows.t());
        using var live = ParameterSet.Of(module);
        Assert.False(live[0].Tensor.is_contiguous());
        Safetensors.Save(Path, live);
        using var loaded = Safetensors.Load(Path);
        Assert.Equal([3, 2], loaded["w"].Tensor.shape);
        Assert.Equal([0, 3, 1, 4, 2, 5], loaded["w"].Values());
    }

    [Fact]
    public void A_tensor_of_several_pieces_comes_back()
    {
        using var scope = NewDisposeScope();
        using var weights = ParameterSet.Copy([KeyValuePair.Create("big", arange(3_000_001, ScalarType.Int32))]);
        Safetensors.Save(Path, weights);
        using var loaded = Safetensors.Load(Path);
        Bits.AssertSame(weights, loaded);
    }

    [Fact]
    public void The_bytes_of_a_file_are_these()
    {
        using var weights = Sets.One(ScalarType.Float32, 1, -2);
        Safetensors.Save(Path, weights, new Dictionary<string, string> { ["step"] = "7" });
        const string Header = """{"__metadata__":{"format":"pt","step":"7"},"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""";
        var length = (Header.Length + 7) / 8 * 8;
        Assert.Equal(
            [.. BitConverter.GetBytes((long)length), .. Encoding.UTF8.GetBytes(Header.PadRight(length)), .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(-2f)],
            File.ReadAllBytes(Path));
    }

    [Fact]
    public void Tensors_lie_by_type_then_by_name_whatever_the_order_of_the_set()
    {
        using var scope = NewDisposeScope();
        (string, ScalarType)[] tensors =
        [
            ("b", ScalarType.Bool), ("u", ScalarType.Byte), ("c", ScalarType.Int8), ("s", ScalarType.Int16), ("h", ScalarType.Float16), ("z", ScalarType.BFloat16),
            ("i", ScalarType.Int32), ("y", ScalarType.Float32), ("x", ScalarType.Float32), ("d", ScalarType.Float64), ("l", ScalarType.Int64),
        ];
        using var weights = ParameterSet.Copy(tensors.Select(t => KeyValuePair.Create(t.Item1, ones(3, dtype: t.Item2))));
        using var reversed = ParameterSet.Copy(tensors.Reverse().Select(t => KeyValuePair.Create(t.Item1, ones(3, dtype: t.Item2))));
        Safetensors.Save(Path, weights);
        var bytes = File.ReadAllBytes(Path);
        Safetensors.Save(Path, reversed);
        Assert.Equal(bytes, File.ReadAllBytes(Path));
        using var loaded = Safetensors.Load(Path);
        Assert.Equal(["l", "d", "x", "y", "i", "z", "h", "s", "c", "u", "b"], loaded.Select(t => t.Name));
    }

    [Fact]
    public void Ties_are_stored_once_and_tied_again()
    {
        using var scope = NewDisposeScope();
        var shared = arange(4, ScalarType.Float32);
        using var weights = ParameterSet.Copy([KeyValuePair.Create("head", shared), KeyValuePair.Create("embed", shared), KeyValuePair.Create("other", ones(2))]);
        Safetensors.Save(Path, weights);
        Assert.Equal(
            new Dictionary<string, string> { ["format"] = "pt", ["embed"] = "head" },
            Safetensors.ReadMetadata(Path));
        using var loaded = Safetensors.Load(Path);
        Assert.Equal(2, loaded.Count);
        Assert.Equal(["embed"], loaded["head"].Aliases);
        Assert.Same(loaded["head"], loaded["embed"]);
    }

    [Fact]
    public void Metadata_that_were_read_can_be_written_again()
    {
        using var scope = NewDisposeScope();
        var shared = ones(2);
        using var weights = ParameterSet.Copy([KeyValuePair.Create("a", shared), KeyValuePair.Create("b", shared)]);
        Safetensors.Save(Path, weights, new Dictionary<string, string> { ["π"] = "\"\\\n\u0001😀", ["format"] = "mlx" });
        var first = File.ReadAllBytes(Path);
        var metadata = Safetensors.ReadMetadata(Path);
        Assert.Equal("\"\\\n\u0001😀", metadata["π"]);
        Assert.Equal("mlx", metadata["format"]);
        Safetensors.Save(Path, weights, metadata);
        Assert.Equal(first, File.ReadAllBytes(Path));
    }

    [Fact]
    public void A_format_that_is_a_tensors_name_is_no_tie()
    {
        using var weights = Sets.Of(ScalarType.Float32, ("pt", [1]));
        Safetensors.Save(Path, weights);
        using var loaded = Safetensors.Load(Path);
        Assert.Empty(loaded["pt"].Aliases);
    }

    [Fact]
    public void A_set_without_tensors_is_a_file()
    {
        using var weights = ParameterSet.Copy([]);
        Safetensors.Save(Path, weights);
        using var loaded = Safetensors.Load(Path);
        Assert.Empty(loaded);
    }

    [Fact]
    public void Saving_changes_nothing_and_leaves_no_tensor()
    {
        using var weights = Sets.Of(ScalarType.BFloat16, ("a", [1, 2]), ("b", [3]));
        Bits.AssertUnchanged(() => LiveTensors.AssertNoneLeft(() => Safetensors.Save(Path, weights)), weights);
    }

    [Fact]
    public void Loading_leaves_no_tensor()
    {
        using var weights = Sets.Of(ScalarType.Float32, ("a", [1, 2]), ("b", [3]));
        Safetensors.Save(Path, weights);
        LiveTensors.AssertNoneLeft(() => Safetensors.Load(Path).Dispose());
    }

    [Fact]
    public void What_is_loaded_outlives_a_scope()
    {
        using var weights = Sets.One(ScalarType.Float32, 5);
        Safetensors.Save(Path, weights);
        ParameterSet loaded;
        using (NewDisposeScope())
            loaded = Safetensors.Load(Path);
        using (loaded)
            Assert.Equal([5], loaded.Only());
    }

    [Fact]
    public void A_type_without_a_name_in_the_format_is_refused()
    {
        using var scope = NewDisposeScope();
        using var weights = ParameterSet.Copy([KeyValuePair.Create("phase", zeros(2, dtype: ScalarType.ComplexFloat32))]);
        var failure = Assert.Throws<SafetensorsException>(() => Safetensors.Save(Path, weights));
        Assert.Equal((Path, "phase"), (failure.FilePath, failure.TensorName));
        Assert.Contains("ComplexFloat32", failure.Message, StringComparison.Ordinal);
        Assert.Contains("BF16", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void The_reserved_name_is_refused()
    {
        using var weights = Sets.Of(ScalarType.Float32, ("__metadata__", [1]));
        var failure = Assert.Throws<SafetensorsException>(() => Safetensors.Save(Path, weights));
        Assert.Contains("rename the tensor", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metadata_that_would_be_read_as_a_tie_are_refused()
    {
        using var weights = Sets.Of(ScalarType.Float32, ("a", [1]));
        var failure = Assert.Throws<ArgumentException>(() => Safetensors.Save(Path, weights, new Dictionary<string, string> { ["best"] = "a" }));
        Assert.Contains("'best' → 'a'", failure.Message, StringComparison.Ordinal);
        failure = Assert.Throws<ArgumentException>(() => Safetensors.Save(Path, weights, new Dictionary<string, string> { ["note"] = null! }));
        Assert.Contains("'note'", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void An_alias_called_format_is_refused()
    {
        using var scope = NewDisposeScope();
        var shared = ones(1);
        using var weights = ParameterSet.Copy([KeyValuePair.Create("a", shared), KeyValuePair.Create("format", shared)]);
        Assert.Contains("rename", Assert.Throws<ArgumentException>(() => Safetensors.Save(Path, weights)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arguments_are_checked()
    {
        using var weights = Sets.One(ScalarType.Float32, 1);
        Assert.Throws<ArgumentNullException>("weights", () => Safetensors.Save(Path, null!));
        Assert.Throws<ArgumentException>("path", () => Safetensors.Save("", weights));
        Assert.Throws<ArgumentException>("path", () => Safetensors.Load(""));
        Assert.Throws<ArgumentException>("path", () => Safetensors.ReadMetadata(""));
        Assert.Throws<FileNotFoundException>(() => Safetensors.Load(Path));
        Assert.Throws<FileNotFoundException>(() => Safetensors.ReadMetadata(Path));
        Assert.Throws<DirectoryNotFoundException>(() => Safetensors.Save(_folder.File("none/w.safetensors"), weights));
        weights.Dispose();
        Assert.Throws<ObjectDisposedException>(() => Safetensors.Save(Path, weights));
    }

    [Theory]
    [InlineData("oracle/merge/init.safetensors")]
    [InlineData("oracle/models/llama_bf16/model.safetensors")]
    [InlineData("data/TinyStories-656K/model.safetensors")]
    public void A_file_of_the_reference_writer_is_written_again_byte_for_byte(string file)
    {
        var source = SharedData.Path(file.Split('/'));
        using var loaded = Safetensors.Load(source);
        Safetensors.Save(Path, loaded, Safetensors.ReadMetadata(source));
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(Path));
    }

    [Fact]
    public void A_tied_file_of_the_reference_writer_is_tied_again()
    {
        using var loaded = Safetensors.Load(SharedData.Path("data", "TinyStories-656K", "model.safetensors"));
        Assert.Equal(["model.embed_tokens.weight"], loaded["lm_head.weight"].Aliases);
    }

    private sealed class Strided : nn.Module
    {
        public Strided(Tensor w)
            : base("strided") => register_buffer("w", w);
    }
}
