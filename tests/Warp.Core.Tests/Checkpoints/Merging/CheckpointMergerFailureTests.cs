using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>What cannot be merged is refused before anything is written, and what is broken off leaves nothing.</summary>
public sealed class CheckpointMergerFailureTests
{
    private const long SmallBlock = 8 * GramAccumulator.BlockSize;

    [Fact]
    public void All_differences_are_listed_and_nothing_is_written()
    {
        using var folder = new TemporaryFolder();
        var init = RawFiles.Typed(folder.File("init.safetensors"), "F32", ("a", [1], new byte[4]), ("b", [2], new byte[8]), ("c", [1], new byte[4]));
        var first = RawFiles.Typed(folder.File("p1.safetensors"), "F32", ("a", [2], new byte[8]), ("b", [2], new byte[8]), ("d", [1], new byte[4]));
        var second = RawFiles.Typed(folder.File("p2.safetensors"), "BF16", ("a", [1], new byte[2]), ("b", [2], new byte[4]), ("c", [1], new byte[2]));
        var failure = Assert.Throws<ParameterMismatchException>(() => new CheckpointMerger().Merge(init, [first, second], folder.File("new/out.safetensors")));
        Assert.Equal(6, failure.Differences.Count); // a's shape, c missing, d too many; three types
        Assert.False(Directory.Exists(folder.File("new")));
        Assert.Throws<ParameterMismatchException>(() => new CheckpointMerger().Inspect(init, [first]));
        Assert.Throws<ParameterMismatchException>(() => new CheckpointMerger().Interpolate(init, first, [(0.5, folder.File("new/out.safetensors"))]));
        Assert.False(Directory.Exists(folder.File("new")));
    }

    [Theory]
    [InlineData("I64")]
    [InlineData("F8_E4M3")]
    [InlineData("SOMETHING")]
    public void Tensors_that_are_carried_over_must_agree(string type)
    {
        using var folder = new TemporaryFolder();
        byte[] same = [1, 0, 0, 0, 0, 0, 0, 0], other = [2, 0, 0, 0, 0, 0, 0, 0];
        long[] shape = type == "I64" ? [1] : [8];
        var init = RawFiles.Typed(folder.File("init.safetensors"), type, ("a", shape, same), ("b", shape, same), ("c", shape, same));
        var policy = RawFiles.Typed(folder.File("p.safetensors"), type, ("a", shape, other), ("b", shape, same), ("c", shape, other));
        var output = folder.File("out.safetensors");
        var failure = Assert.Throws<ParameterMismatchException>(() => new CheckpointMerger().Merge(init, [init, policy], output));
        Assert.Equal(2, failure.Differences.Count);
        Assert.All(failure.Differences, d => Assert.Contains("policy 2", d, StringComparison.Ordinal));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Path).Length);

        new CheckpointMerger().Merge(init, [init], output);
        using var merged = Checkpoint.Open(output);
        Assert.Equal(same, merged.ReadAll(merged["b"]));
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.BFloat16, true)]
    [InlineData(ScalarType.Float16, false)]
    [InlineData(ScalarType.Float64, false)]
    public void A_weight_that_is_not_a_number_is_named_and_nothing_is_left(ScalarType type, bool sharded)
    {
        using var files = new MergeFiles(type, sharded, poisoned: "model.layers.1.norm.weight");
        var before = files.Snapshot();
        void AssertNamed(string file, Action action)
        {
            var message = Assert.Throws<NonFiniteWeightsException>(action).Message;
            Assert.Contains("'model.layers.1.norm.weight'", message, StringComparison.Ordinal);
            Assert.Contains(file, message, StringComparison.Ordinal);
            Assert.Equal(before, files.Snapshot());
        }

        var merger = new CheckpointMerger { BlockBytes = SmallBlock };
        AssertNamed(files.Paths[2], () => merger.Merge(files.Init, files.Policies(3), files.Out));
        AssertNamed(files.Paths[2], () => merger.Inspect(files.Init, files.Policies(3)));
        AssertNamed(files.Paths[2], () => merger.Interpolate(files.Init, files.Paths[2], [(0.5, files.Out)]));
        AssertNamed("policy 2", () => merger.Merge(files.Init, files.Policies(2), files.Out));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Whatever_stops_it_nothing_is_left_and_a_rerun_completes(bool sharded, bool cancels)
    {
        using var files = new MergeFiles(ScalarType.Float32, sharded);
        var before = files.Snapshot();
        var merger = new CheckpointMerger { BlockBytes = SmallBlock };
        var options = new CheckpointMergeOptions { MemoryBudget = 1 << 20 };
        var output = Path.Combine(files.Root, "new", Path.GetFileName(files.Out));
        List<CheckpointProgress> Run(Action<int, string> act, CancellationToken token = default)
        {
            var seen = new List<CheckpointProgress>();
            merger.Merge(files.Init, files.Policies(3), output, options, new SynchronousProgress<CheckpointProgress>(p =>
            {
                seen.Add(p);
                act(seen.Count, p.Stage);
            }), token);
            return seen;
        }

        var all = Run((_, _) => { });
        CheckpointMergerTests.AssertProgress(all);
        Assert.Equal(["hashing", "measuring", "writing"], all.Select(p => p.Stage).Distinct().Order(StringComparer.Ordinal));
        var complete = files.Snapshot();
        Remove();
        Func<int, string, bool>[] stops =
        [
            .. Enumerable.Range(1, 6).Select(at => (Func<int, string, bool>)((n, _) => n == at)), (_, stage) => stage == "writing", (_, stage) => stage == "hashing",
        ];
        foreach (var stop in stops)
        {
            using var source = new CancellationTokenSource();
            if (cancels)
                Assert.ThrowsAny<OperationCanceledException>(() => Run((n, stage) => { if (stop(n, stage)) source.Cancel(); }, source.Token));
            else
                Assert.Throws<InvalidTimeZoneException>(() => Run((n, stage) => { if (stop(n, stage)) throw new InvalidTimeZoneException(); }));
            Assert.Equal(before, files.Snapshot());
        }

        Assert.ThrowsAny<OperationCanceledException>(() => Run((_, _) => { }, new CancellationToken(canceled: true)));
        Assert.Equal(before, files.Snapshot());
        Run((_, _) => { });
        Assert.Equal(complete, files.Snapshot());

        void Remove() => Directory.Delete(Path.Combine(files.Root, "new"), recursive: true);
    }

    [Fact]
    public void An_input_that_becomes_shorter_is_an_error_and_nothing_is_left()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere an open file cannot be cut.");
        using var files = new MergeFiles(ScalarType.Float32);
        var cut = false;
        Assert.Throws<SafetensorsException>(() => new CheckpointMerger { BlockBytes = 1 }.Merge(files.Init, files.Policies(3), files.Out, new() { MemoryBudget = 1 << 20 }, new SynchronousProgress<CheckpointProgress>(_ =>
        {
            if (cut)
                return;
            cut = true;
            using var truncate = System.Diagnostics.Process.Start("truncate", ["--size=100000", files.Paths[2]]);
            truncate.WaitForExit();
        })));
        Assert.Equal(files.Paths.Order(), Directory.GetFileSystemEntries(files.Root).Order());
    }

    [Fact]
    public void An_input_is_not_the_output()
    {
        using var files = new MergeFiles(ScalarType.Float32);
        using var folders = new MergeFiles(ScalarType.Float32, sharded: true);
        foreach (var set in new[] { files, folders })
        {
            File.CreateSymbolicLink(set.Out, set.Paths[2]);
            var before = set.Snapshot();
            foreach (var output in new[] { set.Init, set.Paths[2], set.Out, Path.Combine(set.Init, "..", Path.GetFileName(set.Init)) })
            {
                var overwrite = new CheckpointMergeOptions { Overwrite = true };
                Assert.Contains("would be lost", Assert.Throws<ArgumentException>("output", () => new CheckpointMerger().Merge(set.Init, set.Policies(3), output, overwrite)).Message, StringComparison.Ordinal);
                Assert.Throws<ArgumentException>("outputs", () => new CheckpointMerger().Interpolate(set.Init, set.Paths[2], [(0.5, output)], overwrite));
                Assert.Equal(before, set.Snapshot());
            }
        }
    }

    [Theory]
    [InlineData(true, "out.safetensors", "is a folder, and so is the result")]
    [InlineData(true, "out.bin", "is a folder, and so is the result")]
    [InlineData(true, "init/merged", "lies in the folder of θ_init")]
    [InlineData(true, "p2/merged/deeper", "lies in the folder of policy 2")]
    [InlineData(false, "out", "is a file, and so is the result")]
    [InlineData(false, "out/", "is a file, and so is the result")]
    [InlineData(false, "out.bin", "is a file, and so is the result")]
    public void An_output_of_the_wrong_kind_or_in_an_input_is_refused_with_the_reason(bool folders, string place, string why)
    {
        using var files = new MergeFiles(ScalarType.Float32, folders);
        var before = files.Snapshot();
        var path = Path.Combine(files.Root, place);
        Assert.Contains(why, Assert.Throws<ArgumentException>("output", () => new CheckpointMerger().Merge(files.Init, files.Policies(3), path)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>("outputs", () => new CheckpointMerger().Interpolate(files.Init, files.Paths[2], [(0.5, path)]));
        Assert.Equal(before, files.Snapshot());
    }

    [Fact]
    public void Settings_are_checked_together()
    {
        using var files = new MergeFiles(ScalarType.Float32);
        var options = new CheckpointMergeOptions
        {
            Method = (CheckpointMergeMethod)9,
            Eta = 1.5,
            MemoryBudget = 1,
            MaxShardBytes = 0,
            Merge = new() { Lambda = 0.5 },
        };
        Assert.Equal(5, Assert.Throws<OptionsException>(() => new CheckpointMerger().Merge(files.Init, files.Policies(3), files.Out, options)).Problems.Count);
        Assert.Throws<OptionsException>(() => new CheckpointMerger().Inspect(files.Init, files.Policies(3), new() { Merge = new() { Lambda = 0.5 } }));
        Assert.Throws<ArgumentException>("policies", () => new CheckpointMerger().Merge(files.Init, [], files.Out));
        new CheckpointMerger().Merge(files.Init, files.Policies(3), files.Out, new() { Eta = 1.5, AllowExtrapolation = true });
        var exists = Assert.Throws<OutputExistsException>(() => new CheckpointMerger().Merge(files.Init, files.Policies(3), files.Out));
        Assert.Equal((files.Out, Path.GetFileName(files.Out)), (exists.Output, Assert.Single(exists.Files)));
        Assert.Contains("Overwrite = true", exists.Message, StringComparison.Ordinal);
    }
}
