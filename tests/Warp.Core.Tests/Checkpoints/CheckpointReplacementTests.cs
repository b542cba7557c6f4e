namespace Warp.Tests;

/// <summary>What a folder holds at every instant while a checkpoint is put into it, and after a failure or a kill at that instant.</summary>
public sealed class CheckpointReplacementTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Out => _folder.File("out");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(null, 1)]
    [InlineData(null, 9)]
    [InlineData("one file", 1)]
    [InlineData("one file", 9)]
    [InlineData("shards", 1)]
    [InlineData("shards", 9)]
    [InlineData("both", 1)]
    [InlineData("both", 9)]
    public void A_failure_at_any_step_leaves_everything_as_it_was(string? old, int shardBytes)
    {
        Old(old);
        var before = Snapshot(Out);
        var steps = Steps(old, shardBytes);
        for (var step = 0; step < steps; step++)
        {
            using (var writer = Begin(Out, old is not null, shardBytes))
            {
                var left = step;
                writer.OnMoving(() => _ = left-- == 0 ? throw new IOException("disk") : true);
                if (step < steps - 1)
                    Assert.Equal("disk", Assert.Throws<IOException>(() => Finish(writer)).Message);
                else
                    Finish(writer); // The last step removes what was replaced; the checkpoint is whole without it.
            }

            if (step < steps - 1)
                Assert.Equal(before, Snapshot(Out));
            else
                AssertNew(Out, shardBytes);
        }

        using (var writer = Begin(Out, overwrite: true, shardBytes))
            Finish(writer);
        AssertNew(Out, shardBytes);
        Assert.Equal([Out], Directory.GetFileSystemEntries(_folder.Path));
    }

    [Theory]
    [InlineData(null, 1)]
    [InlineData("one file", 9)]
    [InlineData("shards", 1)]
    [InlineData("both", 1)]
    public void A_kill_at_any_instant_leaves_the_old_or_the_new_or_what_the_next_writer_puts_right(string? old, int shardBytes)
    {
        Old(old);
        var before = Snapshot(Out);
        var instants = new List<string>();
        using (var writer = Begin(Out, old is not null, shardBytes))
        {
            writer.OnMoving(() => instants.Add(Copy(Out, _folder.File($"instant-{instants.Count}/out"))));
            Finish(writer);
        }

        AssertNew(Out, shardBytes);
        foreach (var instant in instants)
        {
            var found = ValueIn(instant);
            Assert.True(found is null or 1 || (old is not null && found == 7));

            // Undone to the byte by a writer that then gives up, unless the new one was whole.
            var undone = Copy(instant, $"{instant}-undone");
            Begin(undone, overwrite: true, shardBytes).Dispose();
            if (found == 1)
                AssertNew(undone, shardBytes);
            else
                Assert.Equal(before, Snapshot(undone));

            using (var writer = Begin(instant, overwrite: old is not null || found == 1, shardBytes))
                Finish(writer);
            AssertNew(instant, shardBytes);
        }
    }

    [Fact]
    public void Undoing_may_be_interrupted_and_repeated()
    {
        Old("shards");
        var before = Snapshot(Out);
        var instants = new List<string>();
        using (var writer = Begin(Out, overwrite: true, shardBytes: 1))
        {
            writer.OnMoving(() => instants.Add(Copy(Out, _folder.File($"instant-{instants.Count}/out"))));
            Finish(writer);
        }

        // The old are set aside; the new, but for the index, have arrived. Undoing has so far taken one new file back.
        var last = instants[^2];
        var staging = Path.Combine(last, ".warp-partial");
        File.Move(Path.Combine(last, "README.md"), Path.Combine(staging, "README.md"));
        var later = Copy(last, _folder.File("later/out"));
        Begin(last, overwrite: true, shardBytes: 1).Dispose();
        Assert.Equal(before, Snapshot(last));

        // All new ones are back, and one of the old.
        staging = Path.Combine(later, ".warp-partial");
        foreach (var name in Directory.GetFiles(later).Select(f => Path.GetFileName(f)!).Where(n => n != "notes.txt"))
            File.Move(Path.Combine(later, name), Path.Combine(staging, name));
        File.Move(Path.Combine(staging, ".replaced", "README.md"), Path.Combine(later, "README.md"));
        Begin(later, overwrite: true, shardBytes: 1).Dispose();
        Assert.Equal(before, Snapshot(later));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("model.safetensors.index.json")]
    [InlineData("model-00002-of-00002.safetensors")]
    public void A_folder_under_the_name_of_a_file_is_refused_before_anything_is_written(string name)
    {
        Old("one file");
        File.Delete(Path.Combine(Out, name));
        Directory.CreateDirectory(Path.Combine(Out, name));
        var before = Snapshot(Out);
        var failure = Assert.Throws<IOException>(() => Begin(Out, overwrite: true, shardBytes: 1));
        Assert.Contains($"names of these folders; rename them or give another output:{Environment.NewLine}  {name}", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, Snapshot(Out));
    }

    [Fact]
    public void A_folder_that_appears_meanwhile_loses_nothing()
    {
        Old("shards");
        File.Delete(Path.Combine(Out, "README.md"));
        using (var writer = Begin(Out, overwrite: true, shardBytes: 1))
        {
            Directory.CreateDirectory(Path.Combine(Out, "README.md"));
            Assert.Throws<IOException>(() => Finish(writer));
        }

        Assert.Equal((byte)7, ValueIn(Out));
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("model.safetensors.index.json")]
    public void A_text_file_that_exists_is_refused_at_the_beginning(string name)
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, name), "mine");
        Assert.Contains(name, Assert.ThrowsAny<IOException>(() => Begin(Out, overwrite: false, shardBytes: 1)).Message, StringComparison.Ordinal);
        Assert.Equal([Path.Combine(Out, name)], Directory.GetFileSystemEntries(Out));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a//model.safetensors")]
    public void A_note_that_is_not_ours_moves_nothing(string note)
    {
        Old("one file");
        var before = Snapshot(Out);
        var staging = Directory.CreateDirectory(Path.Combine(Out, ".warp-partial")).FullName;
        File.WriteAllText(Path.Combine(staging, ".exchange"), note);
        File.WriteAllText(Path.Combine(staging, "model.safetensors"), "strange");
        Begin(Out, overwrite: true, shardBytes: 1).Dispose();
        Assert.Equal(before, Snapshot(Out));
    }

    [Fact]
    public void Old_files_that_cannot_be_put_back_are_kept_and_the_message_says_where()
    {
        Old("shards");
        var before = Snapshot(Out);
        var steps = 0;
        using (var writer = Begin(Out, overwrite: true, shardBytes: 1))
        {
            writer.OnMoving(() =>
            {
                // Once all old files are set aside, something else takes the name of one of them that no new file has.
                if (!File.Exists(Path.Combine(Out, "model-00001-of-00003.safetensors")) && steps++ == 1)
                {
                    Directory.CreateDirectory(Path.Combine(Out, "model-00001-of-00003.safetensors"));
                    throw new IOException("disk");
                }
            });
            var failure = Assert.Throws<IOException>(() => Finish(writer));
            Assert.Contains(Path.Combine(Out, ".warp-partial", ".replaced"), failure.Message, StringComparison.Ordinal);
        }

        Directory.Delete(Path.Combine(Out, "model-00001-of-00003.safetensors"));
        Begin(Out, overwrite: true, shardBytes: 1).Dispose();
        Assert.Equal(before, Snapshot(Out));
    }

    /// <summary>A folder with a file that is no part of a checkpoint, and an old checkpoint whose tensor has the value 7.</summary>
    private void Old(string? kind)
    {
        Directory.CreateDirectory(Out);
        File.WriteAllText(Path.Combine(Out, "notes.txt"), "mine");
        if (kind is null)
            return;
        File.WriteAllText(Path.Combine(Out, "README.md"), "old");
        if (kind is "one file" or "both")
            RawFiles.Bytes(Path.Combine(Out, "model.safetensors"), ("a", [7]), ("b", [7]));
        if (kind is "shards" or "both")
        {
            RawFiles.Bytes(Path.Combine(Out, "model-00001-of-00003.safetensors"), ("a", [7]));
            RawFiles.Bytes(Path.Combine(Out, "model-00002-of-00002.safetensors"), ("b", [7]));
            RawFiles.Index(Out, ("a", "model-00001-of-00003.safetensors"), ("b", "model-00002-of-00002.safetensors"));
        }
    }

    private static CheckpointWriter Begin(string output, bool overwrite, int shardBytes) => CheckpointWriter.CreateFolder(
        output, [new("a", "U8", [1]), new("b", "U8", [1])], new() { MaxShardBytes = shardBytes, Overwrite = overwrite, TextFiles = ["README.md"] });

    private static void Finish(CheckpointWriter writer)
    {
        writer.Write("a", 0, [1]);
        writer.Write("b", 0, [1]);
        writer.AddText("README.md", "new");
        writer.Complete();
    }

    private int Steps(string? old, int shardBytes)
    {
        var copy = Copy(Out, _folder.File("count/out"));
        var steps = 0;
        using (var writer = Begin(copy, old is not null, shardBytes))
        {
            writer.OnMoving(() => steps++);
            Finish(writer);
        }

        Directory.Delete(_folder.File("count"), recursive: true);
        return steps;
    }

    /// <summary>The value of the tensor; null where there is no checkpoint.</summary>
    private static byte? ValueIn(string folder)
    {
        try
        {
            using var checkpoint = Checkpoint.Open(folder);
            Assert.Equal(checkpoint.ReadAll(checkpoint["a"]), checkpoint.ReadAll(checkpoint["b"]));
            return checkpoint.ReadAll(checkpoint["a"])[0];
        }
        catch (SafetensorsException failure)
        {
            var replaced = Path.Combine(folder, ".warp-partial", ".replaced");
            var isSetAside = Directory.Exists(replaced) && Directory.GetFiles(replaced).Length > 0;
            Assert.Contains(isSetAside ? $"whose files are in '{replaced}'" : "has neither model.safetensors", failure.Message, StringComparison.Ordinal);
            return null;
        }
    }

    private static void AssertNew(string folder, int shardBytes)
    {
        string[] weights = shardBytes == 1 ? ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"] : ["model.safetensors"];
        string[] expected = [.. new[] { "README.md", "notes.txt" }.Concat(weights).Order(StringComparer.Ordinal)];
        Assert.Equal(expected, Directory.GetFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.Equal("new", File.ReadAllText(Path.Combine(folder, "README.md")));
        Assert.Equal((byte)1, ValueIn(folder));
    }

    private static Dictionary<string, string> Snapshot(string folder) => Directory.GetFileSystemEntries(folder, "*", SearchOption.AllDirectories)
        .ToDictionary(f => Path.GetRelativePath(folder, f), f => File.Exists(f) ? Convert.ToHexString(File.ReadAllBytes(f)) : "", StringComparer.Ordinal);

    private static string Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var entry in Directory.GetFileSystemEntries(from, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = Path.Combine(to, Path.GetRelativePath(from, entry));
            if (Directory.Exists(entry))
                Directory.CreateDirectory(name);
            else if (Path.GetFileName(entry) != ".lock") // Held, so not to be read.
                File.Copy(entry, name);
        }

        return to;
    }
}
