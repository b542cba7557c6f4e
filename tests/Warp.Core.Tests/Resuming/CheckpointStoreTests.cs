using System.Security.Cryptography;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class CheckpointStoreTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("content", "flip", "bytes")]
    [InlineData("content", "truncate", "bytes instead of")]
    [InlineData("content", "delete", "is missing")]
    [InlineData("manifest", "flip", "SHA-256 is another")]
    [InlineData("manifest", "truncate", "SHA-256 is another")]
    public async Task A_damaged_checkpoint_gives_way_to_the_one_before(string what, string how, string problem)
    {
        var expected = await SmallLoop.RunAsync(null, cancellationToken: Token);
        using var folder = new TemporaryFolder();
        await CutAsync(folder.Path, 5);
        var newest = Manifests(folder.Path)[^1];
        var before = Manifests(folder.Path)[^2];
        var path = what == "manifest" ? newest : Contents(newest).Except(Contents(before)).Select(f => Path.Combine(folder.Path, "files", f)).First();
        Damage(path, how);

        var logger = new RecordingLogger();
        using var store = CheckpointStore.Open(folder.Path, logger: logger, time: new FrozenTime());
        Assert.Contains(problem, Assert.Single(logger.Of(303)), StringComparison.Ordinal);
        Assert.Contains(Path.GetFileName(newest), logger.Of(303)[0], StringComparison.Ordinal);
        Assert.Single(logger.Of(301));
        Assert.True(File.Exists(newest + ".damaged"));
        Assert.Equal(expected, await SmallLoop.RunAsync(store, cancellationToken: Token));
    }

    [Fact]
    public async Task Without_a_whole_checkpoint_it_says_so_and_begins_anew_only_when_asked_again()
    {
        using var folder = new TemporaryFolder();
        await CutAsync(folder.Path, 5);
        foreach (var manifest in Manifests(folder.Path))
            Damage(manifest, "flip");
        var error = Assert.Throws<CheckpointStoreException>(() => CheckpointStore.Open(folder.Path));
        Assert.Contains("is whole; they have been set aside as *.damaged", error.Message, StringComparison.Ordinal);
        var logger = new RecordingLogger();
        using var store = CheckpointStore.Open(folder.Path, logger: logger);
        Assert.False(store.IsResumed);
        Assert.Contains("the loop begins anew", Assert.Single(logger.Of(308)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public async Task A_full_disk_ends_the_loop_and_leaves_the_checkpoint_before_it(int files)
    {
        var expected = await SmallLoop.RunAsync(null, cancellationToken: Token);
        using var folder = new TemporaryFolder();
        var left = files;
        var options = new CheckpointStoreOptions { Interval = 2, CreateFile = path => new FullDisk(path, Interlocked.Decrement(ref left) < 0) };
        using (var full = CheckpointStore.Open(folder.Path, options))
        {
            var error = await Assert.ThrowsAsync<CheckpointStoreException>(() => SmallLoop.RunAsync(full, cancellationToken: Token));
            Assert.Contains("could not be written to", error.Message, StringComparison.Ordinal);
            Assert.Contains(FullDisk.Message, error.Message, StringComparison.Ordinal);
        }

        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*.tmp", SearchOption.AllDirectories));
        var logger = new RecordingLogger();
        using var store = CheckpointStore.Open(folder.Path, logger: logger, time: new FrozenTime());
        Assert.Empty(logger.Of(303));
        Assert.Equal(expected, await SmallLoop.RunAsync(store, cancellationToken: Token));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_refused_before_the_work()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("file");
        File.WriteAllText(file, "");
        var error = Assert.Throws<CheckpointStoreException>(() => CheckpointStore.Open(Path.Combine(file, "checkpoint")));
        Assert.Contains("cannot be used", error.Message, StringComparison.Ordinal);
        Assert.Contains("Give a folder that can be written", error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.InnerException);
    }

    [Fact]
    public void One_store_at_a_time()
    {
        using var folder = new TemporaryFolder();
        using (CheckpointStore.Open(folder.Path))
        {
            var error = Assert.Throws<CheckpointStoreException>(() => CheckpointStore.Open(folder.Path));
            Assert.Contains($"in use by process {Environment.ProcessId} on {Environment.MachineName}", error.Message, StringComparison.Ordinal);
        }

        var logger = new RecordingLogger();
        using var next = CheckpointStore.Open(folder.Path, logger: logger);
        Assert.Empty(logger.Of(304));
    }

    [Fact]
    public async Task Settings_that_matter_must_be_those_of_the_checkpoint()
    {
        using var folder = new TemporaryFolder();
        await CutAsync(folder.Path, 5);
        var other = SmallLoop.Options with { Seed = 12, FrontEtas = [0, 1], Reinforce = SmallLoop.Options.Reinforce with { LearningRate = 0.01, KlCeiling = null } };
        using (var store = CheckpointStore.Open(folder.Path))
        {
            var error = await Assert.ThrowsAsync<SettingsChangedException>(() => SmallLoop.RunAsync(store, other, merger: new LerpMerger(), cancellationToken: Token));
            Assert.Equal(
                [
                    new("FrontEtas", "[0,0.5,1]", "[0,1]"),
                    new("Merger", "\"SlerpMerger\"", "\"LerpMerger\""),
                    new("Reinforce.KlCeiling", "200", "null"),
                    new("Reinforce.LearningRate", "0.05", "0.01"),
                    new("Seed", "11", "12"),
                ],
                error.Differences);
            Assert.Contains("Reinforce.LearningRate was 0.05 and is now 0.01", error.Message, StringComparison.Ordinal);
            Assert.Contains("AcceptChanges", error.Message, StringComparison.Ordinal);
        }

        using (var store = CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { AcceptChanges = ["LearningRate", "Seed"] }))
        {
            var error = await Assert.ThrowsAsync<SettingsChangedException>(() => SmallLoop.RunAsync(store, other, cancellationToken: Token));
            Assert.EndsWith("No setting is called LearningRate.", error.Message, StringComparison.Ordinal);
        }

        var prompts = new PartCatalog().AddPolicy(() => new MarkovPolicy(MarkovPolicy.Flat())).AddReward(SmallLoop.LikesTwo)
            .AddPrompts([MarkovPolicy.StartingAt(1)]).AddHeldOutPrompts(SmallLoop.Prompts);
        using (var store = CheckpointStore.Open(folder.Path))
        {
            var error = await Assert.ThrowsAsync<SettingsChangedException>(() => SmallLoop.RunAsync(store, catalog: prompts, cancellationToken: Token));
            Assert.Equal("the prompts 'prompts'", Assert.Single(error.Differences).Setting);
        }
    }

    [Fact]
    public async Task Settings_of_the_merger_must_be_those_of_the_checkpoint()
    {
        using var folder = new TemporaryFolder();
        await CutAsync(folder.Path, 5);
        using var store = CheckpointStore.Open(folder.Path);
        var other = new SlerpMerger(new MergeOptions { Granularity = Granularity.Tensor, Lambda = 0.25, Eta = 0.5 });
        var error = await Assert.ThrowsAsync<SettingsChangedException>(() => SmallLoop.RunAsync(store, merger: other, cancellationToken: Token));
        Assert.Equal(["Merger.Eta", "Merger.Granularity", "Merger.Lambda"], error.Differences.Select(d => d.Setting));
    }

    [Fact]
    public async Task Changes_that_are_accepted_pass_with_a_warning()
    {
        using var folder = new TemporaryFolder();
        await CutAsync(folder.Path, 5);
        var other = SmallLoop.Options with { Iterations = 1, Reinforce = SmallLoop.Options.Reinforce with { LearningRate = 0.01 } };
        var logger = new RecordingLogger();
        using var store = CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { AcceptChanges = ["Reinforce", "Iterations"] }, logger);
        await SmallLoop.RunAsync(store, other, cancellationToken: Token);
        Assert.Equal(2, logger.Of(306).Count);
    }

    [Fact]
    public async Task Other_weights_to_start_from_are_refused()
    {
        using var folder = new TemporaryFolder();
        await CutAsync(folder.Path, 5);
        using var store = CheckpointStore.Open(folder.Path);
        using var sft = new MarkovPolicy(MarkovPolicy.Flat());
        var error = await Assert.ThrowsAsync<SettingsChangedException>(
            () => new WarpLoop(SmallLoop.Catalog(), SmallLoop.Options) { Checkpoints = store }.RunAsync(sft.Weights, cancellationToken: Token));
        Assert.Equal("θ_sft", Assert.Single(error.Differences).Setting);
    }

    [Fact]
    public async Task Old_checkpoints_go_and_the_files_that_nothing_names()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.File("mine.txt"), "mine", Token);
        using (var store = CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { Interval = 1, KeepLast = 3, KeepBest = false }))
            await SmallLoop.RunAsync(store, cancellationToken: Token);
        var manifests = Manifests(folder.Path);
        Assert.Equal(2 + 3, manifests.Count); // the ends of two iterations, and the last three points of the front
        Assert.Equal(
            manifests.SelectMany(Contents).Distinct().Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(folder.File("files")).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal));
        Assert.True(File.Exists(folder.File("mine.txt")));
    }

    [Fact]
    public async Task The_best_checkpoint_stays()
    {
        using var folder = new TemporaryFolder();
        using (var store = CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { Interval = 1, KeepLast = 1, KeepIterations = false }))
            await SmallLoop.RunAsync(store, cancellationToken: Token);
        var scores = Manifests(folder.Path).Select(path => new StoreFiles(folder.Path, _ => Stream.Null).Read(Path.GetFileName(path)).Manifest!.Score).ToList();
        Assert.InRange(scores.Count, 1, 2);
        Assert.Equal(scores.Max(), scores[0]);
    }

    [Fact]
    public async Task Work_of_ones_own_is_done_once()
    {
        using var folder = new TemporaryFolder();
        var times = 0;
        for (var i = 0; i < 2; i++)
        {
            using var store = CheckpointStore.Open(folder.Path);
            store.RequireSettings("mine", new { Size = 3 });
            var outcome = await store.OnceAsync("mine/work", _ => Task.FromResult(new Estimate(0.1 + ++times, double.NaN, 1)), Token);
            Assert.Equal(new Estimate(1.1, double.NaN, 1), outcome);
            Assert.True(store.TryGet<Estimate>("mine/work", out _));
            Assert.False(store.TryGet<Estimate>("mine/other", out _));
        }

        using var last = CheckpointStore.Open(folder.Path);
        var error = Assert.Throws<SettingsChangedException>(() => last.RequireSettings("mine", new { Size = 4 }));
        Assert.Equal(new SettingDifference("Size", "3", "4"), Assert.Single(error.Differences));
    }

    [Fact]
    public async Task Weights_are_trained_once_and_put_back()
    {
        using var folder = new TemporaryFolder();
        using var start = tensor(new float[] { 1, 2, 3 });
        for (var i = 0; i < 2; i++)
        {
            using var store = CheckpointStore.Open(folder.Path);
            using var weights = ParameterSet.Copy(new Dictionary<string, Tensor> { ["w"] = start });
            var loss = await store.TrainOnceAsync("sft", weights, _ =>
            {
                Assert.Equal(0, i);
                weights["w"].Tensor.add_(10);
                return Task.FromResult(0.25);
            }, Token);
            Assert.Equal(0.25, loss);
            Assert.Equal([11f, 12, 13], weights["w"].Tensor.data<float>().ToArray());
        }

        using var last = CheckpointStore.Open(folder.Path);
        using var other = ParameterSet.Copy(new Dictionary<string, Tensor> { ["v"] = start });
        var error = await Assert.ThrowsAsync<ParameterMismatchException>(() => last.TrainOnceAsync("sft", other, _ => Task.FromResult(0.0), Token));
        Assert.Contains("'v'", error.Message, StringComparison.Ordinal);
        await last.OnceAsync("plain", _ => Task.FromResult(1), Token);
        await Assert.ThrowsAsync<ArgumentException>(() => last.TrainOnceAsync("plain", other, _ => Task.FromResult(1), Token));
        last.Forget("sft");
        Assert.Equal(2, await last.TrainOnceAsync("sft", other, _ => Task.FromResult(2), Token));
    }

    [Fact]
    public async Task What_is_forgotten_goes_with_what_lies_beneath_it_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        using var store = CheckpointStore.Open(folder.Path);
        foreach (var name in new[] { "run-1", "run-1/progress", "run-10", "run-10/progress" })
            await store.OnceAsync(name, _ => Task.FromResult(1), Token);
        store.Forget("run-1");
        Assert.False(store.TryGet<int>("run-1", out _));
        Assert.False(store.TryGet<int>("run-1/progress", out _));
        Assert.True(store.TryGet<int>("run-10", out _));
        Assert.True(store.TryGet<int>("run-10/progress", out _));
    }

    [Fact]
    public async Task What_another_process_saved_is_gone_once_it_is_forgotten()
    {
        using var folder = new TemporaryFolder();
        using (var store = CheckpointStore.Open(folder.Path))
            await store.OnceAsync("work", _ => Task.FromResult(1), Token);
        var slow = new CheckpointStoreOptions { CreateFile = path => new SlowDisk(path) };
        using var again = CheckpointStore.Open(folder.Path, slow);
        again.Forget("work");
        Assert.False(again.TryGet<int>("work", out _));
        Assert.Equal(2, await again.OnceAsync("work", _ => Task.FromResult(2), Token));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_any_more_does_not_hide_the_error_before()
    {
        using var folder = new TemporaryFolder();
        var store = CheckpointStore.Open(folder.Path);
        File.Delete(folder.File("holder.json"));
        Directory.CreateDirectory(folder.File("holder.json")); // stands for a file that cannot be removed
        store.Dispose();
        Directory.Delete(folder.File("holder.json"));
        CheckpointStore.Open(folder.Path).Dispose();
    }

    [Fact]
    public void Only_its_own_unfinished_files_are_removed()
    {
        using var folder = new TemporaryFolder();
        var (own, other) = (folder.File($".{Path.GetRandomFileName()}.tmp"), folder.File(".notes.tmp"));
        File.WriteAllText(own, "");
        File.WriteAllText(other, "mine");
        CheckpointStore.Open(folder.Path).Dispose();
        Assert.False(File.Exists(own));
        Assert.True(File.Exists(other));
    }

    [Fact]
    public void A_checkpoint_of_a_later_format_is_not_guessed_at()
    {
        using var folder = new TemporaryFolder();
        var bytes = """{"format":"warp-checkpoint","version":2}"""u8.ToArray();
        File.WriteAllBytes(folder.File($"manifest-000001-{Convert.ToHexStringLower(SHA256.HashData(bytes))}.json"), bytes);
        var error = Assert.Throws<CheckpointStoreException>(() => CheckpointStore.Open(folder.Path));
        Assert.Contains("has version 2 of the checkpoint format; this version of Warp.Core reads 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_range_are_reported_together()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<OptionsException>(() =>
            CheckpointStore.Open(folder.Path, new CheckpointStoreOptions { Interval = 0, KeepLast = 0, AcceptChanges = [" "] }));
        Assert.Equal(3, error.Problems.Count);
    }

    private static async Task CutAsync(string folder, int at)
    {
        using var cancel = new CancellationTokenSource();
        var events = 0;
        var progress = new SynchronousProgress<WarpProgress>(_ =>
        {
            if (++events == at)
                cancel.Cancel();
        });
        using var store = CheckpointStore.Open(folder, new CheckpointStoreOptions { Interval = 2, KeepLast = 5 }, time: new FrozenTime());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SmallLoop.RunAsync(store, progress: progress, cancellationToken: cancel.Token));
    }

    private static List<string> Manifests(string folder) => [.. Directory.EnumerateFiles(folder, "manifest-*.json").Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Contents(string manifest) =>
        new StoreFiles(Path.GetDirectoryName(manifest)!, _ => Stream.Null).Read(Path.GetFileName(manifest)).Manifest!.Files.Select(f => f.File!);

    private static void Damage(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        if (how == "delete")
            return;
        if (how == "flip")
            bytes[^3] ^= 4;
        File.WriteAllBytes(path, how == "truncate" ? bytes[..^5] : bytes);
    }

    private sealed class SlowDisk(string path) : FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None)
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Thread.Sleep(100);
            base.Write(buffer);
        }
    }

    /// <summary>A file on a disk that becomes full after its first bytes.</summary>
    private sealed class FullDisk(string path, bool isFull) : FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None)
    {
        public const string Message = "No space left on device";

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            base.Write(isFull ? buffer[..(buffer.Length / 2)] : buffer);
            if (isFull)
                throw new IOException(Message);
        }
    }
}
