using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class CheckpointWriterTests : IDisposable
{
    private static readonly string[] Shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"];

    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.File("out");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("oracle/models/llama")]
    [InlineData("oracle/models/llama_bf16")]
    [InlineData("oracle/models/gpt2")]
    [InlineData("oracle/models/gemma")]
    [InlineData("data/TinyStories-656K")]
    public void A_file_of_the_reference_writer_is_written_again_byte_for_byte(string model)
    {
        var source = SharedData.Path([.. model.Split('/'), "model.safetensors"]);
        var copy = _folder.File("copy.safetensors");
        using (var checkpoint = Checkpoint.Open(source))
            CopyFile(checkpoint, copy);
        Assert.Equal(File.ReadAllBytes(source), File.ReadAllBytes(copy));
        Assert.Equal([copy], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void The_shards_of_transformers_are_written_again_byte_for_byte()
    {
        var source = SharedData.Path("oracle", "models", "llama_sharded");
        using var checkpoint = Checkpoint.Open(source);
        var tensors = checkpoint.Tensors.OrderBy(t => t.Name, StringComparer.Ordinal).ToList();
        using (var writer = CheckpointWriter.CreateFolder(Out, tensors, new() { MaxShardBytes = 170_000, CompanionsFrom = source, Metadata = checkpoint.Metadata }))
        {
            tensors.ForEach(t => writer.Copy(t.Name, checkpoint, t));
            Assert.Equal(writer.ByteCount, writer.BytesWritten);
            Assert.False(Directory.Exists(Out));
            writer.Complete();
        }

        Assert.Equal([.. new[] { "config.json" }.Concat(Shards)], Names(Out));
        Assert.All(Names(Out), name => Assert.Equal(File.ReadAllBytes(Path.Combine(source, name)), File.ReadAllBytes(Path.Combine(Out, name))));
        Assert.Equal([Out], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void The_bytes_of_a_file_are_these_in_whatever_order_they_come()
    {
        var path = _folder.File("w.safetensors");
        using (var writer = CheckpointWriter.CreateFile(path, [new("b", "NEW", [9], 3), new("t", "F4", [2], aliases: ["u"]), new("a", "I16", [2])]))
        {
            writer.Write("a", 3, [4]);
            writer.Write("b", 0, [5, 6]);
            writer.Write("a", 0, [1, 2, 3]);
            writer.Write("t", 0, [9]);
            writer.Write("b", 2, [7]);
            writer.Complete();
        }

        const string Header = """{"__metadata__":{"format":"pt","u":"t"},"a":{"dtype":"I16","shape":[2],"data_offsets":[0,4]},"t":{"dtype":"F4","shape":[2],"data_offsets":[4,5]},"b":{"dtype":"NEW","shape":[9],"data_offsets":[5,8]}}""";
        var length = (Header.Length + 7) / 8 * 8;
        Assert.Equal([.. BitConverter.GetBytes((long)length), .. Encoding.UTF8.GetBytes(Header.PadRight(length)), 1, 2, 3, 4, 9, 5, 6, 7], File.ReadAllBytes(path));
    }

    [Fact]
    public void Threads_write_at_the_same_time()
    {
        var data = Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31 >> 3)).ToArray();
        var path = _folder.File("w.safetensors");
        using (var writer = CheckpointWriter.CreateFile(path, [new("a", "U8", [data.Length])]))
        {
            Parallel.For(0, 1000, i => writer.Write("a", i * 100, data.AsSpan(i * 100, 100)));
            writer.Complete();
        }

        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(data, checkpoint.ReadAll(checkpoint["a"]));
    }

    [Fact]
    public void Shards_are_filled_in_order_and_a_large_tensor_has_its_own()
    {
        var tensors = new (string Name, int Bytes)[] { ("a", 6), ("b", 4), ("c", 1), ("huge", 25), ("d", 9), ("e", 0), ("f", 10) };
        using (var writer = CheckpointWriter.CreateFolder(Out, [.. tensors.Select(t => new CheckpointTensor(t.Name, "U8", [t.Bytes]))], new() { MaxShardBytes = 10 }))
        {
            foreach (var (name, bytes) in tensors)
                writer.Write(name, 0, new byte[bytes]);
            writer.Complete();
        }

        string[] files = ["model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors", "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors"];
        Assert.Equal([.. files, "model.safetensors.index.json"], Names(Out));
        using var index = JsonDocument.Parse(File.ReadAllText(Path.Combine(Out, "model.safetensors.index.json")));
        Assert.Equal(55, index.RootElement.GetProperty("metadata").GetProperty("total_size").GetInt64());
        Assert.Equal(
            [("a", files[0]), ("b", files[0]), ("c", files[2]), ("d", files[2]), ("e", files[2]), ("f", files[3]), ("huge", files[1])],
            index.RootElement.GetProperty("weight_map").EnumerateObject().Select(p => (p.Name, p.Value.GetString()!)));
        using var checkpoint = Checkpoint.Open(Out);
        Assert.Equal(tensors.Order(), checkpoint.Tensors.Select(t => (t.Name, (int)t.ByteCount)).Order());
    }

    [Fact]
    public void Many_tensors_make_many_shards()
    {
        using (var writer = CheckpointWriter.CreateFolder(Out, [.. Enumerable.Range(0, 1000).Select(i => new CheckpointTensor($"t{i}", "U8", [2]))], new() { MaxShardBytes = 20 }))
        {
            for (var i = 0; i < 1000; i++)
                writer.Write($"t{i}", 0, [(byte)i, (byte)(i >> 8)]);
            writer.Complete();
        }

        using var checkpoint = Checkpoint.Open(Out);
        Assert.Equal(100, checkpoint.Files.Count);
        Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal([(byte)i, (byte)(i >> 8)], checkpoint.ReadAll(checkpoint[$"t{i}"])));
    }

    [Fact]
    public void Ties_are_written_in_the_shard_of_their_tensor_only()
    {
        using (var writer = CheckpointWriter.CreateFolder(Out, [new("a", "U8", [1], aliases: ["x"]), new("b", "U8", [1])], new() { MaxShardBytes = 1, Metadata = new Dictionary<string, string> { ["k"] = "v" } }))
        {
            writer.Write("a", 0, [1]);
            writer.Write("b", 0, [2]);
            writer.Complete();
        }

        Assert.Equal(new Dictionary<string, string> { ["format"] = "pt", ["k"] = "v", ["x"] = "a" }, Safetensors.ReadMetadata(Path.Combine(Out, Shards[0])));
        Assert.Equal(new Dictionary<string, string> { ["format"] = "pt", ["k"] = "v" }, Safetensors.ReadMetadata(Path.Combine(Out, Shards[1])));
        using var checkpoint = Checkpoint.Open(Out);
        Assert.Equal(["x"], checkpoint["a"].Aliases);
    }

    [Fact]
    public void A_checkpoint_without_tensors_is_a_file()
    {
        using (var writer = CheckpointWriter.CreateFolder(Out, []))
            writer.Complete();
        using var checkpoint = Checkpoint.Open(Out);
        Assert.Empty(checkpoint.Tensors);
        Assert.Equal(["model.safetensors"], Names(Out));
    }

    [Fact]
    public void What_is_missing_or_written_twice_is_an_error()
    {
        using var writer = CheckpointWriter.CreateFolder(Out, [new("a", "U8", [4]), new("b", "U8", [1]), new("empty", "U8", [0])]);
        writer.Write("a", 1, [2, 3]);
        foreach (var (at, bytes) in new[] { (1, 1), (0, 2), (2, 2), (0, 4) })
            Assert.Contains("written before", Assert.Throws<InvalidOperationException>(() => writer.Write("a", at, new byte[bytes])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>("offset", () => writer.Write("a", 4, [1]));
        Assert.Throws<ArgumentOutOfRangeException>("offset", () => writer.Write("a", -1, [1]));
        Assert.Throws<ArgumentOutOfRangeException>("offset", () => writer.Write("a", long.MaxValue, [1]));
        Assert.Throws<KeyNotFoundException>(() => writer.Write("c", 0, [1]));
        var message = Assert.Throws<InvalidOperationException>(writer.Complete).Message;
        Assert.Contains("'a'", message, StringComparison.Ordinal);
        Assert.Contains("'b'", message, StringComparison.Ordinal);
        Assert.DoesNotContain("'empty'", message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Out));
        writer.Write("a", 0, [1]);
        writer.Write("a", 3, [4]);
        writer.Write("b", 0, [5]);
        writer.Complete();
        Assert.Throws<ObjectDisposedException>(() => writer.Write("b", 0, [5]));
        Assert.Throws<ObjectDisposedException>(writer.Complete);
        using var checkpoint = Checkpoint.Open(Out);
        Assert.Equal([1, 2, 3, 4], checkpoint.ReadAll(checkpoint["a"]));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Nothing_is_left_of_an_output_that_is_not_completed(bool isFolder, bool exists)
    {
        var output = isFolder ? _folder.File("new/deep/out") : _folder.File("new/deep/out.safetensors");
        if (exists)
            Directory.CreateDirectory(output);
        var before = Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories);
        for (var stage = 0; stage < 3; stage++)
        {
            var writer = Begin(output, isFolder, new());
            if (stage > 0)
                writer.Write("a", 0, [1]);
            if (stage > 1)
                writer.Write("b", 0, [1]);
            writer.Dispose();
            Assert.Equal(before, Directory.GetFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories));
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void A_run_after_a_kill_cleans_up_and_completes(bool isFolder, bool exists)
    {
        var output = isFolder ? Out : _folder.File("out.safetensors");
        if (exists)
            Directory.CreateDirectory(output);
        for (var stage = 0; stage < 3; stage++)
        {
            var killed = Begin(output, isFolder, new());
            if (stage > 0)
                killed.Write("a", 0, [1]);
            if (stage > 1)
                killed.Write("b", 0, [1]);
            killed.Abandon();
            Assert.False(File.Exists(output));
            Assert.False(Directory.Exists(output) && Names(output).Any(n => n[0] != '.'));
            Assert.Contains(Directory.GetFileSystemEntries(_folder.Path, "*.warp-partial", SearchOption.AllDirectories), _ => true);
        }

        using (var writer = Begin(output, isFolder, new()))
            Finish(writer);
        using var checkpoint = Checkpoint.Open(output);
        Assert.Equal(2, checkpoint.ReadAll(checkpoint["b"])[0]);
        Assert.Equal([output], Directory.GetFileSystemEntries(_folder.Path));
        if (isFolder)
            Assert.Equal(Shards, Names(output));
    }

    [Fact]
    public void Two_writers_to_one_output_are_refused()
    {
        using var first = Begin(Out, isFolder: true, new());
        Assert.Contains("another process", Assert.Throws<IOException>(() => Begin(Out, isFolder: true, new())).Message, StringComparison.Ordinal);
        Finish(first);
        using var checkpoint = Checkpoint.Open(Out);
        Assert.Equal(2, checkpoint.Tensors.Count);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("model-00001-of-00009.safetensors")]
    public void A_checkpoint_is_not_overwritten_unless_Overwrite_says_so(string existing)
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, existing), "old");
        File.WriteAllText(Path.Combine(Out, "notes.txt"), "mine");
        Directory.CreateDirectory(Path.Combine(Out, "sub"));
        Assert.Contains(existing, Assert.Throws<OutputExistsException>(() => Begin(Out, isFolder: true, new())).Message, StringComparison.Ordinal);
        Assert.Equal("old", File.ReadAllText(Path.Combine(Out, existing)));
        Assert.Equal([existing, "notes.txt"], Names(Out));

        using (var writer = Begin(Out, isFolder: true, new() { Overwrite = true }))
        {
            Assert.Equal("old", File.ReadAllText(Path.Combine(Out, existing)));
            Finish(writer);
        }

        Assert.Equal([.. Shards, "notes.txt"], Names(Out));
        Assert.True(Directory.Exists(Path.Combine(Out, "sub")));
        using var checkpoint = Checkpoint.Open(Out);
        Assert.Equal(1, checkpoint.ReadAll(checkpoint["a"])[0]);
    }

    [Fact]
    public void A_file_is_not_overwritten_unless_Overwrite_says_so()
    {
        var path = RawFiles.Bytes(_folder.File("w.safetensors"), ("a", [1]));
        var old = File.ReadAllBytes(path);
        Assert.Throws<OutputExistsException>(() => Begin(path, isFolder: false, new()));
        Begin(path, isFolder: false, new() { Overwrite = true }).Dispose();
        Assert.Equal(old, File.ReadAllBytes(path));
        using (var writer = Begin(path, isFolder: false, new() { Overwrite = true }))
            Finish(writer);
        using var checkpoint = Checkpoint.Open(path);
        Assert.Equal(2, checkpoint.Tensors.Count);
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_file_that_appears_meanwhile_is_not_overwritten()
    {
        var path = _folder.File("w.safetensors");
        using (var writer = Begin(path, isFolder: false, new()))
        {
            File.WriteAllText(path, "theirs");
            Assert.Throws<OutputExistsException>(() => Finish(writer));
        }

        Assert.Equal("theirs", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_link_under_the_temporary_name_is_removed_and_not_followed()
    {
        Directory.CreateDirectory(_folder.File("precious"));
        File.WriteAllText(_folder.File("precious/file"), "kept");
        Directory.CreateSymbolicLink(_folder.File(".out.warp-partial"), _folder.File("precious"));
        using (var writer = Begin(Out, isFolder: true, new()))
            Finish(writer);
        Assert.Equal("kept", File.ReadAllText(_folder.File("precious/file")));
    }

    [Fact]
    public void Companions_are_copied_and_the_type_is_corrected()
    {
        var source = _folder.File("source");
        Directory.CreateDirectory(source);
        string[] companions =
        [
            "added_tokens.json", "chat_template.jinja", "generation_config.json", "merges.txt", "special_tokens_map.json", "tokenizer.json", "tokenizer.model",
            "tokenizer_config.json", "vocab.json", "LICENSE", "LICENSE.txt", "NOTICE", "USE_POLICY.md", "tools.jinja",
        ];
        foreach (var name in companions)
            File.WriteAllText(Path.Combine(source, name), name);
        File.WriteAllText(Path.Combine(source, "config.json"), """{"eps":1e-05,"é":"<é>","torch_dtype":"float32"}""");
        foreach (var other in new[] { "README.md", "pytorch_model.bin", "training_args.json", "modeling_x.py", ".hidden", "old.safetensors" })
            File.WriteAllText(Path.Combine(source, other), other);

        using (var writer = Begin(Out, isFolder: true, new() { CompanionsFrom = source, ConfigType = "bfloat16" }))
        {
            writer.AddText("README.md", "# é\n");
            Assert.Throws<ArgumentException>("fileName", () => writer.AddText("README.md", ""));
            Assert.Throws<ArgumentException>("fileName", () => writer.AddText("config.json", ""));
            Assert.Throws<ArgumentException>("fileName", () => writer.AddText(Shards[0], ""));
            Assert.Throws<ArgumentException>("fileName", () => writer.AddText("../x", ""));
            Finish(writer);
        }

        Assert.Equal([.. companions.Append("config.json").Concat(Shards).Append("README.md").Order(StringComparer.Ordinal)], Names(Out));
        Assert.All(companions, name => Assert.Equal(name, File.ReadAllText(Path.Combine(Out, name))));
        Assert.Equal("{\n  \"eps\": 1e-05,\n  \"é\": \"<é>\",\n  \"torch_dtype\": \"bfloat16\"\n}\n", File.ReadAllText(Path.Combine(Out, "config.json")));
        Assert.Equal("# é\n", File.ReadAllText(Path.Combine(Out, "README.md")));
    }

    [Fact]
    public void A_config_that_does_not_say_its_type_is_told()
    {
        Directory.CreateDirectory(_folder.File("source"));
        File.WriteAllText(_folder.File("source/config.json"), """{"a":1}""");
        using (var writer = Begin(Out, isFolder: true, new() { CompanionsFrom = _folder.File("source"), ConfigType = "bfloat16" }))
            Finish(writer);
        Assert.Equal("{\n  \"a\": 1,\n  \"torch_dtype\": \"bfloat16\"\n}\n", File.ReadAllText(Path.Combine(Out, "config.json")));
    }

    [Fact]
    public void A_config_may_be_given_in_place_of_the_copied_one()
    {
        Directory.CreateDirectory(_folder.File("source"));
        File.WriteAllText(_folder.File("source/config.json"), """{"a":1}""");
        File.WriteAllText(_folder.File("source/tokenizer.json"), "{}");
        using (var writer = Begin(Out, isFolder: true, new() { CompanionsFrom = _folder.File("source"), ConfigType = "bfloat16", ConfigText = "{\"b\":2}" }))
            Finish(writer);
        Assert.Equal("{\"b\":2}", File.ReadAllText(Path.Combine(Out, "config.json")));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(Out, "tokenizer.json")));
        using (var writer = Begin(_folder.File("other"), isFolder: true, new() { ConfigText = "{}" }))
            Finish(writer);
        Assert.Equal("{}", File.ReadAllText(Path.Combine(_folder.File("other"), "config.json")));
    }

    [Fact]
    public void A_tensor_is_written_as_a_whole_if_it_is_the_one_announced()
    {
        using var scope = NewDisposeScope();
        var path = _folder.File("x.safetensors");
        using (var writer = CheckpointWriter.CreateFile(path, [new("w", "F32", [3, 2])]))
        {
            Assert.Contains("'w' is to be F32 [3, 2]; this tensor is Float32 [2, 3].", Assert.Throws<ArgumentException>(() => writer.Write("w", zeros(2, 3))).Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => writer.Write("w", zeros(3, 2, ScalarType.Float64)));
            Assert.Throws<KeyNotFoundException>(() => writer.Write("v", zeros(3, 2)));
            writer.Write("w", arange(6).to(ScalarType.Float32).view(2, 3).t()); // strided
            writer.Complete();
        }

        using var read = Safetensors.Load(path);
        Assert.Equal([0f, 3, 1, 4, 2, 5], read["w"].Tensor.data<float>().ToArray());
    }

    [Theory]
    [InlineData("""{"torch_dtype":"bfloat16", "a":1}""")]
    [InlineData("""{"a":Infinity}""")]
    [InlineData("""{"torch_dtype":"float32","torch_dtype":"float32"}""")]
    [InlineData("[]")]
    [InlineData("")]
    public void A_config_that_needs_no_change_or_is_not_understood_is_copied_as_it_is(string config)
    {
        Directory.CreateDirectory(_folder.File("source"));
        File.WriteAllText(_folder.File("source/config.json"), config);
        using (var writer = Begin(Out, isFolder: true, new() { CompanionsFrom = _folder.File("source"), ConfigType = "bfloat16" }))
            Finish(writer);
        Assert.Equal(config, File.ReadAllText(Path.Combine(Out, "config.json")));
    }

    [Fact]
    public void A_companion_that_leads_out_of_its_folder_is_refused_before_anything_is_written()
    {
        Directory.CreateDirectory(_folder.File("source"));
        File.WriteAllText(_folder.File("secret"), "secret");
        File.CreateSymbolicLink(_folder.File("source/tokenizer.json"), _folder.File("secret"));
        Assert.Throws<SafetensorsException>(() => Begin(Out, isFolder: true, new() { CompanionsFrom = _folder.File("source") }));
        Assert.Equal([_folder.File("secret"), _folder.File("source")], Directory.GetFileSystemEntries(_folder.Path).Order());
    }

    [Theory]
    [InlineData("config.json", 1L << 24)]
    [InlineData("tokenizer.json", 1L << 30)]
    public void A_companion_that_is_too_large_is_refused_before_it_is_read(string name, long most)
    {
        Directory.CreateDirectory(_folder.File("source"));
        var path = _folder.File($"source/{name}");
        using (var file = File.OpenWrite(path))
            file.SetLength(most + 1);
        var failure = Assert.Throws<SafetensorsException>(() => Begin(Out, isFolder: true, new() { CompanionsFrom = _folder.File("source"), ConfigType = "bfloat16" }));
        Assert.Equal($"'{path}': it has {most + 1} bytes; at most {most} are accepted.", failure.Message);
        Assert.False(Directory.Exists(Out));
    }

    [Fact]
    public void A_companion_of_many_blocks_is_copied_whole()
    {
        Directory.CreateDirectory(_folder.File("source"));
        var bytes = Enumerable.Range(0, (5 << 20) + 3).Select(i => (byte)(i * 31 >> 3)).ToArray();
        File.WriteAllBytes(_folder.File("source/tokenizer.json"), bytes);
        using (var writer = Begin(Out, isFolder: true, new() { CompanionsFrom = _folder.File("source") }))
            Finish(writer);
        Assert.Equal(bytes, File.ReadAllBytes(Path.Combine(Out, "tokenizer.json")));
    }

    [Fact]
    public void Arguments_are_checked()
    {
        CheckpointTensor[] one = [new("a", "U8", [1])];
        Assert.Throws<ArgumentException>("path", () => CheckpointWriter.CreateFile("", one));
        Assert.Throws<ArgumentException>(() => CheckpointWriter.CreateFile(_folder.File("w.bin"), one));
        Assert.Throws<ArgumentNullException>("tensors", () => CheckpointWriter.CreateFile(Out, null!));
        Assert.Throws<ArgumentOutOfRangeException>("options", () => CheckpointWriter.CreateFolder(Out, one, new() { MaxShardBytes = 0 }));
        Assert.Contains("'a'", Assert.Throws<ArgumentException>("tensors", () => CheckpointWriter.CreateFolder(Out, [.. one, .. one])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("tensors", () => CheckpointWriter.CreateFolder(Out, [.. one, new("b", "U8", [1], aliases: ["a"])]));
        Assert.Throws<ArgumentException>("metadata", () => CheckpointWriter.CreateFolder(Out, one, new() { Metadata = new Dictionary<string, string> { ["b"] = "a" } }));
        Assert.Throws<SafetensorsException>(() => CheckpointWriter.CreateFolder(Out, [new("__metadata__", "U8", [1])]));
        var longName = new string('n', 4097);
        Assert.Throws<SafetensorsException>(() => CheckpointWriter.CreateFolder(Out, [new(longName, "U8", [1])]));
        Assert.Throws<SafetensorsException>(() => CheckpointWriter.CreateFolder(Out, [new("a", "U8", [1], aliases: [longName])]));
        File.WriteAllText(Out, "a file");
        Assert.Throws<IOException>(() => CheckpointWriter.CreateFolder(Out, one));
        Directory.CreateDirectory(_folder.File("folder.safetensors"));
        Assert.Throws<IOException>(() => CheckpointWriter.CreateFile(_folder.File("folder.safetensors"), one));
        using var writer = CheckpointWriter.CreateFile(_folder.File("w.safetensors"), one);
        Assert.Throws<InvalidOperationException>(() => writer.AddText("README.md", ""));
        using var source = Checkpoint.Open(RawFiles.Bytes(_folder.File("two.safetensors"), ("a", [1, 2])));
        Assert.Throws<ArgumentException>("tensor", () => writer.Copy("a", source, source["a"]));
    }

    [Fact]
    public void A_disk_that_is_too_small_shows_before_anything_is_written()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a disk says to a file of 2⁶⁰ bytes is known for Linux.");
        Assert.ThrowsAny<IOException>(() => CheckpointWriter.CreateFile(_folder.File("w.safetensors"), [new("a", "U8", [1L << 60])]));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    private static CheckpointWriter Begin(string output, bool isFolder, CheckpointWriterOptions options)
    {
        CheckpointTensor[] tensors = [new("a", "U8", [1]), new("b", "U8", [1])];
        return isFolder
            ? CheckpointWriter.CreateFolder(output, tensors, new() { MaxShardBytes = 1, Overwrite = options.Overwrite, CompanionsFrom = options.CompanionsFrom, ConfigType = options.ConfigType, ConfigText = options.ConfigText })
            : CheckpointWriter.CreateFile(output, tensors, options);
    }

    private static void Finish(CheckpointWriter writer)
    {
        writer.Write("a", 0, [1]);
        writer.Write("b", 0, [2]);
        writer.Complete();
    }

    private static void CopyFile(Checkpoint source, string path)
    {
        using var writer = CheckpointWriter.CreateFile(path, source.Tensors, new() { Metadata = source.Metadata });
        foreach (var tensor in source.Tensors)
            writer.Copy(tensor.Name, source, tensor);
        writer.Complete();
    }

    private static string[] Names(string folder) => [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
}
