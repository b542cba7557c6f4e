using System.Security.Cryptography;

namespace Warp.Tests;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_is_listed_and_read_in_any_piece()
    {
        var path = RawFiles.Write(
            _folder.File("w.safetensors"),
            """{"__metadata__":{"k":"v"},"a":{"dtype":"I16","shape":[2,2],"data_offsets":[0,8]},"b":{"dtype":"F8_E4M3","shape":[3],"data_offsets":[8,11]},"c":{"dtype":"NEW_2","shape":[7],"data_offsets":[11,13]}}""",
            0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        using var checkpoint = Checkpoint.Open(path);
        Assert.False(checkpoint.IsFolder);
        Assert.Equal([path], checkpoint.Files);
        Assert.Equal(13, checkpoint.ByteCount);
        Assert.Equal("v", checkpoint.Metadata["k"]);
        Assert.Equal([("a", "I16", 8L), ("b", "F8_E4M3", 3L), ("c", "NEW_2", 2L)], checkpoint.Tensors.Select(t => (t.Name, t.TypeName, t.ByteCount)));
        Assert.Equal([2, 2], checkpoint["a"].Shape);
        Assert.All(checkpoint.Tensors, t => Assert.False(t.IsTrainable));
        Assert.Null(checkpoint["c"].ScalarType);

        var piece = new byte[3];
        checkpoint.Read(checkpoint["a"], 2, piece);
        Assert.Equal([2, 3, 4], piece);
        Assert.Equal([8, 9, 10], checkpoint.ReadAll(checkpoint["b"]));
        Assert.Equal([11, 12], checkpoint.ReadAll(checkpoint["c"]));
        checkpoint.Read(checkpoint["c"], 2, []);
    }

    [Fact]
    public void Reads_outside_of_a_tensor_and_of_strange_tensors_are_refused()
    {
        using var checkpoint = Checkpoint.Open(RawFiles.Bytes(_folder.File("a.safetensors"), ("a", [1, 2]), ("b", [3])));
        using var other = Checkpoint.Open(RawFiles.Bytes(_folder.File("b.safetensors"), ("a", [1, 2])));
        Assert.Throws<ArgumentOutOfRangeException>("offset", () => checkpoint.Read(checkpoint["a"], 1, new byte[2]));
        Assert.Throws<ArgumentOutOfRangeException>("offset", () => checkpoint.Read(checkpoint["a"], -1, new byte[1]));
        Assert.Throws<ArgumentOutOfRangeException>("offset", () => checkpoint.Read(checkpoint["a"], long.MaxValue, new byte[1]));
        Assert.Throws<ArgumentException>("tensor", () => checkpoint.Read(other["a"], 0, new byte[1]));
        Assert.Throws<ArgumentException>("tensor", () => checkpoint.Read(new CheckpointTensor("a", "U8", [2]), 0, new byte[1]));
        Assert.Contains("'c'", Assert.Throws<KeyNotFoundException>(() => checkpoint["c"]).Message, StringComparison.Ordinal);
        other.Dispose();
        Assert.Throws<ObjectDisposedException>(() => other.Read(other.Tensors[0], 0, new byte[1]));
    }

    [Fact]
    public void Threads_read_at_the_same_time()
    {
        var data = Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31 >> 3)).ToArray();
        using var checkpoint = Checkpoint.Open(RawFiles.Bytes(_folder.File("w.safetensors"), ("a", data)));
        Parallel.For(0, 200, i =>
        {
            var piece = new byte[1000];
            checkpoint.Read(checkpoint["a"], i * 495, piece);
            Assert.True(piece.AsSpan().SequenceEqual(data.AsSpan(i * 495, 1000)));
        });
    }

    [Fact]
    public void Shards_are_one_checkpoint()
    {
        RawFiles.Bytes(_folder.File("y.safetensors"), ("b", [1]));
        RawFiles.Bytes(_folder.File("x.safetensors"), ("c", [2]), ("a", [3]));
        RawFiles.Index(_folder.Path, ("a", "x.safetensors"), ("b", "y.safetensors"), ("c", "x.safetensors"));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.True(checkpoint.IsFolder);
        Assert.Equal([_folder.File("x.safetensors"), _folder.File("y.safetensors")], checkpoint.Files);
        Assert.Equal([("c", (byte)2), ("a", (byte)3), ("b", (byte)1)], checkpoint.Tensors.Select(t => (t.Name, checkpoint.ReadAll(t)[0])));
        using var loaded = Safetensors.Load(_folder.Path);
        Assert.Equal([1], loaded["b"].Values());
    }

    [Fact]
    public void The_shards_of_transformers_hold_what_its_single_file_holds()
    {
        using var sharded = Checkpoint.Open(SharedData.Path("oracle", "models", "llama_sharded"));
        using var single = Checkpoint.Open(SharedData.Path("oracle", "models", "llama"));
        Assert.Equal(2, sharded.Files.Count);
        Assert.Equal(296192, sharded.ByteCount);
        Assert.Equal(single.Tensors.Select(t => t.ToString()).Order(), sharded.Tensors.Select(t => t.ToString()).Order());
        Assert.All(single.Tensors, t => Assert.True(single.ContentEquals(t, sharded, sharded[t.Name])));
    }

    [Fact]
    public void Every_missing_shard_is_named()
    {
        RawFiles.Bytes(_folder.File("x.safetensors"), ("a", [3]));
        RawFiles.Index(_folder.Path, ("a", "x.safetensors"), ("b", "gone.safetensors"), ("c", "lost.safetensors"));
        var failure = AssertRefused();
        Assert.Contains("'gone.safetensors'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("'lost.safetensors'", failure.Message, StringComparison.Ordinal);
        Assert.Equal(_folder.File("model.safetensors.index.json"), failure.FilePath);
    }

    [Fact]
    public void Every_difference_between_index_and_shards_is_named()
    {
        RawFiles.Bytes(_folder.File("x.safetensors"), ("a", [1]), ("extra", [2]), ("moved", [3]));
        RawFiles.Bytes(_folder.File("y.safetensors"), ("b", [1]));
        RawFiles.Index(_folder.Path, ("a", "x.safetensors"), ("b", "y.safetensors"), ("c", "y.safetensors"), ("moved", "y.safetensors"));
        var message = AssertRefused().Message;
        Assert.Contains("'extra' is in 'x.safetensors' but not in the index", message, StringComparison.Ordinal);
        Assert.Contains("'c' is in the index but not in 'y.safetensors'", message, StringComparison.Ordinal);
        Assert.Contains("'moved' is in 'x.safetensors' but belongs to 'y.safetensors'", message, StringComparison.Ordinal);
        Assert.Contains("'moved' is in the index but not in 'y.safetensors'", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_list_of_differences_is_cut()
    {
        RawFiles.Bytes(_folder.File("x.safetensors"), ("a", [1]));
        RawFiles.Index(_folder.Path, [.. Enumerable.Range(0, 10_000).Select(i => ($"t{i}", "x.safetensors"))]);
        var message = AssertRefused().Message;
        Assert.Contains("and 9951 more", message, StringComparison.Ordinal);
        Assert.InRange(message.Length, 0, 25_000);
    }

    [Theory]
    [InlineData("../x.safetensors")]
    [InlineData("/etc/x.safetensors")]
    [InlineData("a/x.safetensors")]
    [InlineData("..\\x.safetensors")]
    [InlineData("C:x.safetensors")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("x.bin")]
    [InlineData("x.safetensors\0.safetensors")]
    [InlineData("x\n.safetensors")]
    [InlineData(".x.safetensors")]
    public void A_shard_elsewhere_is_refused(string name)
    {
        RawFiles.Bytes(System.IO.Path.Combine(_folder.Path, "a", "x.safetensors"), ("a", [1]));
        RawFiles.Bytes(_folder.File("x.safetensors"), ("a", [1]));
        RawFiles.Index(_folder.Path, ("a", name));
        Assert.Contains("named without a path", AssertRefused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("[]", "must be an object")]
    [InlineData("{", "not valid JSON")]
    [InlineData("{}", "no weight_map")]
    [InlineData("""{"weight_map":[]}""", "must be an object of strings")]
    [InlineData("""{"weight_map":{"a":1}}""", "must be a string")]
    [InlineData("""{"weight_map":{"a":"x.safetensors","a":"x.safetensors"}}""", "given twice")]
    [InlineData("""{"weight_map":{},"weight_map":{}}""", "given twice")]
    [InlineData("""{"weight_map":{"\ud800":"x.safetensors"}}""", "no text")]
    [InlineData("""{"weight_map":{}} x""", "not valid JSON")]
    public void A_bad_index_is_a_typed_error(string index, string problem)
    {
        File.WriteAllText(_folder.File("model.safetensors.index.json"), index);
        var failure = AssertRefused();
        Assert.Contains(problem, failure.Message, StringComparison.Ordinal);
        Assert.Equal(_folder.File("model.safetensors.index.json"), failure.FilePath);
    }

    [Fact]
    public void A_single_file_comes_before_an_index()
    {
        RawFiles.Bytes(_folder.File("model.safetensors"), ("a", [1]));
        File.WriteAllText(_folder.File("model.safetensors.index.json"), "not read");
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(["a"], checkpoint.Tensors.Select(t => t.Name));
    }

    [Theory]
    [InlineData("pytorch_model.bin")]
    [InlineData("model.PT")]
    [InlineData("consolidated.00.pth")]
    [InlineData("last.ckpt")]
    public void Pickles_are_refused_with_the_way_out(string name)
    {
        File.WriteAllBytes(_folder.File(name), [0x80, 2]);
        var failure = Assert.Throws<SafetensorsException>(() => Checkpoint.Open(_folder.File(name)));
        Assert.Contains("Convert it to safetensors", failure.Message, StringComparison.Ordinal);
        Assert.Contains("so it is never opened", failure.Message, StringComparison.Ordinal);
        Assert.Contains($"its '{name}' is a pickle", AssertRefused().Message, StringComparison.Ordinal);
        Assert.Throws<SafetensorsException>(() => Safetensors.Load(_folder.File(name)));
    }

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "is a Git LFS pointer")]
    [InlineData("<!DOCTYPE html><html></html>", "is a web page")]
    [InlineData("\n  <html lang=\"en\">", "is a web page")]
    [InlineData("{\"error\":\"Repository not found\"}", "is JSON, not weights")]
    [InlineData("{\"metadata\":{},\"weight_map\":{}}", "is the index of a checkpoint in shards; give the folder")]
    [InlineData("GGUF\u0003\0\0\0\u0001\0\0\0", "is a GGUF file")]
    [InlineData("PK\u0003\u0004\0\0\b\b\0\0\0\0\0\0", "is a pickle, which may run any program when it is read, so it is never opened")]
    [InlineData("PK\u0003\u0004\0\0\0\0\0\0\0\0\0\0", "is a pickle")]
    public void What_is_something_else_is_called_by_its_name(string content, string what)
    {
        var path = _folder.File("model.safetensors");
        File.WriteAllText(path, content);
        Assert.StartsWith($"'{path}' {what}", Assert.Throws<SafetensorsException>(() => Checkpoint.Open(path)).Message, StringComparison.Ordinal);
        Assert.StartsWith($"'{path}' {what}", AssertRefused().Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("none/model.safetensors")]
    [InlineData("none.bin")]
    public void What_does_not_exist_is_told_as_it_was_given(string name)
    {
        var failure = Assert.Throws<FileNotFoundException>(() => Safetensors.Load(_folder.File(name)));
        Assert.Equal(
            ($"'{_folder.File(name)}' does not exist. Models are not downloaded; give a local folder or file.", _folder.File(name)), (failure.Message, failure.FileName));
    }

    [Theory]
    [InlineData("adapter_config.json")]
    [InlineData("adapter_model.safetensors")]
    public void The_folder_of_an_adapter_is_told_from_that_of_a_model(string name)
    {
        File.WriteAllText(_folder.File(name), "{}");
        Assert.Contains($"holds a LoRA adapter ('{name}'), not a whole model. Merge the adapter into its base first", AssertRefused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_checkpoint_says_what_could_be_given()
    {
        Assert.Contains("neither model.safetensors nor model.safetensors.index.json", AssertRefused().Message, StringComparison.Ordinal);
        RawFiles.Bytes(_folder.File("adapter.safetensors"), ("a", [1]));
        Assert.Contains("adapter.safetensors", AssertRefused().Message, StringComparison.Ordinal);
        Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(_folder.File("none")));
    }

    [Fact]
    public void Links_within_the_folder_and_a_link_that_is_given_are_followed()
    {
        var model = _folder.File("model");
        RawFiles.Bytes(Path.Combine(model, "real", "x.safetensors"), ("a", [1]));
        File.CreateSymbolicLink(Path.Combine(model, "model.safetensors"), Path.Combine("real", "x.safetensors"));
        Directory.CreateSymbolicLink(_folder.File("link"), model);
        File.CreateSymbolicLink(_folder.File("file.safetensors"), Path.Combine(model, "model.safetensors"));
        foreach (var path in new[] { model, _folder.File("link"), _folder.File("file.safetensors") })
        {
            using var checkpoint = Checkpoint.Open(path);
            Assert.Equal("a", Assert.Single(checkpoint.Tensors).Name);
        }
    }

    [Fact]
    public void Links_of_the_hubs_cache_are_followed()
    {
        var snapshot = Path.Combine(_folder.Path, "models--x--y", "snapshots", "abc");
        RawFiles.Bytes(Path.Combine(_folder.Path, "models--x--y", "blobs", "0123"), ("a", [1]));
        Directory.CreateDirectory(snapshot);
        File.CreateSymbolicLink(Path.Combine(snapshot, "model.safetensors"), "../../blobs/0123");
        using var checkpoint = Checkpoint.Open(snapshot);
        Assert.Equal("a", Assert.Single(checkpoint.Tensors).Name);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("shard.safetensors")]
    [InlineData("config.json")]
    public void Links_that_lead_out_of_the_folder_are_refused(string name)
    {
        var model = _folder.File("model");
        var outside = RawFiles.Bytes(_folder.File("model-outside"), ("a", [1])); // Begins like the folder's own name.
        Directory.CreateDirectory(model);
        if (name == "shard.safetensors")
            RawFiles.Index(model, ("a", name));
        if (name == "config.json")
            RawFiles.Bytes(Path.Combine(model, "model.safetensors"), ("a", [1]));
        File.CreateSymbolicLink(Path.Combine(model, name), outside);
        var failure = Assert.Throws<SafetensorsException>(() => Checkpoint.Open(model));
        Assert.Contains("leads out of the folder", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Path.Combine(model, name), failure.FilePath);
    }

    [Fact]
    public void A_link_through_a_linked_folder_is_refused()
    {
        var model = _folder.File("model");
        RawFiles.Bytes(Path.Combine(_folder.Path, "outside", "x.safetensors"), ("a", [1]));
        Directory.CreateDirectory(model);
        Directory.CreateSymbolicLink(Path.Combine(model, "inner"), _folder.File("outside"));
        File.CreateSymbolicLink(Path.Combine(model, "model.safetensors"), "inner/x.safetensors");
        Assert.Contains("leads out", Assert.Throws<SafetensorsException>(() => Checkpoint.Open(model)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_in_a_circle_end_in_an_error()
    {
        File.CreateSymbolicLink(_folder.File("model.safetensors"), "other");
        File.CreateSymbolicLink(_folder.File("other"), "model.safetensors");
        Assert.Throws<IOException>(() => Checkpoint.Open(_folder.Path));
        Assert.Throws<IOException>(() => Checkpoint.Open(_folder.File("model.safetensors")));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("config.json")]
    public void A_pipe_is_not_waited_for(string name)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Pipes are made with mkfifo.");
        if (name == "config.json")
            RawFiles.Bytes(_folder.File("model.safetensors"), ("a", [1]));
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [_folder.File(name)]))
            mkfifo.WaitForExit();
        if (name == "config.json")
            Checkpoint.Open(_folder.Path).Dispose();
        else
            AssertRefused();
    }

    [Fact]
    public void Hashes_are_those_of_the_whole_files()
    {
        var folder = SharedData.Path("oracle", "models", "llama_sharded");
        using var checkpoint = Checkpoint.Open(folder);
        Assert.Equal(
            new[] { "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors" }
                .Select(f => KeyValuePair.Create(f, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, f)))))),
            checkpoint.ComputeHashes());
        Assert.Throws<OperationCanceledException>(() => checkpoint.ComputeHashes(new CancellationToken(canceled: true)));
    }

    [Fact]
    public void A_type_without_tensors_is_refused_where_a_tensor_is_asked_for()
    {
        using var checkpoint = Checkpoint.Open(RawFiles.Typed(_folder.File("w.safetensors"), "F8_E5M2", ("a", [2], [1, 2])));
        var failure = Assert.Throws<SafetensorsException>(() => checkpoint.Read(checkpoint["a"]));
        Assert.Contains("F8_E5M2", failure.Message, StringComparison.Ordinal);
        Assert.Contains("carries other types through", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Opening_that_fails_keeps_no_file_open()
    {
        RawFiles.Bytes(_folder.File("x.safetensors"), ("a", [1]));
        File.WriteAllText(_folder.File("y.safetensors"), "broken");
        RawFiles.Index(_folder.Path, ("a", "x.safetensors"), ("b", "y.safetensors"));
        AssertRefused();
        using var exclusive = new FileStream(_folder.File("x.safetensors"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);
    }

    private SafetensorsException AssertRefused() => Assert.Throws<SafetensorsException>(() => Checkpoint.Open(_folder.Path));
}
