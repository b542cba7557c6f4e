using System.Text;
using System.Text.Json;

namespace Warp.Tests;

public sealed class ProgressFilesTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Metrics_have_a_line_per_step_and_evaluation()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("metrics.jsonl");
        using (var metrics = new MetricsFile(path))
            await SmallLoop.RunAsync(null, progress: metrics, parallel: 2, cancellationToken: Token);
        var lines = (await File.ReadAllLinesAsync(path, Token)).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(20 + 1 + 2 * 2 + 3, lines.Count); // steps, start, merges and interpolations, front
        var step = lines.First(l => l.GetProperty("place").GetProperty("step").GetInt32() == 3);
        Assert.Equal(3, step.GetProperty("metrics").GetProperty("step").GetInt32());
        Assert.True(step.TryGetProperty("evaluation", out _));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(7)]
    public async Task A_loop_that_goes_on_writes_no_line_twice_and_mends_the_last(int cutBytes)
    {
        using var folder = new TemporaryFolder();
        var (path, expected) = (folder.File("metrics.jsonl"), folder.File("expected.jsonl"));
        using (var metrics = new MetricsFile(expected))
            await SmallLoop.RunAsync(null, progress: metrics, cancellationToken: Token);

        using (var cancel = new CancellationTokenSource())
        using (var store = CheckpointStore.Open(folder.File("checkpoint"), new CheckpointStoreOptions { Interval = 100 }))
        using (var metrics = new MetricsFile(path))
        {
            var events = 0;
            var stop = new SynchronousProgress<WarpProgress>(_ =>
            {
                if (++events == 5)
                    cancel.Cancel();
            });
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
                SmallLoop.RunAsync(store, progress: new CombinedProgress<WarpProgress>(metrics, stop), cancellationToken: cancel.Token));
        }

        using (var file = File.OpenWrite(path))
            file.SetLength(file.Length - cutBytes);

        // The whole loop again, without its checkpoint: every step comes a second time, and is not written again.
        using (var metrics = new MetricsFile(path))
            await SmallLoop.RunAsync(null, progress: metrics, cancellationToken: Token);
        Assert.Equal(await File.ReadAllLinesAsync(expected, Token), await File.ReadAllLinesAsync(path, Token));
    }

    [Theory]
    [InlineData("a note\n", 1)]
    [InlineData("a note without an end", 1)]
    [InlineData("{}\n", 1)]
    [InlineData("LINE\nLINE\nspoilt\nLINE\n", 3)]
    [InlineData("LINE\n{\"plate\":1", 2)]
    public async Task A_file_that_is_not_ours_is_left_as_it_is(string text, int line)
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("notes.txt");
        text = text.Replace("LINE", await LineAsync(folder), StringComparison.Ordinal);
        await File.WriteAllTextAsync(path, text, Token);
        var error = Assert.Throws<InvalidDataException>(() => new MetricsFile(path));
        Assert.Contains($"Line {line} of '{path}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(path, Token));
    }

    [Theory]
    [InlineData("LINE\r\nLINE", "LINE\r\n")]
    [InlineData("LINE\n{\"pl", "LINE\n")]
    [InlineData("LINE\n{\"place\":{\"sta\0\0\0", "LINE\n")]
    [InlineData("LINE\n\0\0\0\0", "LINE\n")]
    public async Task Only_the_unfinished_end_of_a_file_is_cut_off(string text, string left)
    {
        using var folder = new TemporaryFolder();
        var (path, line) = (folder.File("metrics.jsonl"), await LineAsync(folder));
        await File.WriteAllTextAsync(path, text.Replace("LINE", line, StringComparison.Ordinal), Token);
        new MetricsFile(path).Dispose();
        Assert.Equal(left.Replace("LINE", line, StringComparison.Ordinal), await File.ReadAllTextAsync(path, Token));
    }

    [Fact]
    public async Task Another_outcome_is_written_and_the_same_is_not()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("metrics.jsonl");
        var other = SmallLoop.Options with { Seed = 12 };
        var counts = new List<int>();
        foreach (var options in new[] { SmallLoop.Options, SmallLoop.Options, other, other, SmallLoop.Options })
        {
            using (var metrics = new MetricsFile(path))
                await SmallLoop.RunAsync(null, options, progress: metrics, cancellationToken: Token);
            counts.Add((await File.ReadAllLinesAsync(path, Token)).Length);
        }

        // The start, and the point of the front at η = 0, are the same for both seeds.
        Assert.Equal([28, 28, 28 + 26, 28 + 26, 28 + 26], counts);
    }

    private static async Task<string> LineAsync(TemporaryFolder folder)
    {
        using (var metrics = new MetricsFile(folder.File("line")))
            await SmallLoop.RunAsync(null, progress: metrics, cancellationToken: Token);
        return (await File.ReadAllLinesAsync(folder.File("line"), Token))[3];
    }

    [Fact]
    public async Task TensorBoard_reads_the_events()
    {
        using var folder = new TemporaryFolder();
        await SmallLoop.RunAsync(null, progress: new TensorBoardEvents(folder.Path), cancellationToken: Token);
        var run = Assert.Single(Directory.EnumerateFiles(Path.Combine(folder.Path, "iteration-1", "run-2")));
        var records = Records(await File.ReadAllBytesAsync(run, Token)).ToList();
        Assert.Equal(1 + 6 * 6 + 2 * 3, records.Count); // the version, six numbers of six steps, three of two evaluations
        Assert.Contains("brain.Event:2", Encoding.UTF8.GetString(records[0]), StringComparison.Ordinal);
        Assert.Equal(6, records.Count(r => Encoding.UTF8.GetString(r).Contains("step/reward", StringComparison.Ordinal)));
        Assert.Equal(2, records.Count(r => Encoding.UTF8.GetString(r).Contains("held-out/kl to sft", StringComparison.Ordinal)));
        Assert.Equal(["Front", "Interpolating", "Merging", "Start"], Directory.EnumerateDirectories(Path.Combine(folder.Path, "loop")).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void TensorBoard_is_told_when()
    {
        using var folder = new TemporaryFolder();
        var evaluation = new PolicyEvaluation { KlSampled = new(1, 0, 2), KlPerToken = 1, Reward = new(1, 0, 2), Length = new(1, 0, 2), TruncatedShare = 0, NotScorable = 0 };
        new TensorBoardEvents(folder.Path).Report(
            new WarpProgress { Stage = WarpStage.Merging, Iteration = 1, Iterations = 1, Runs = 1, Evaluation = evaluation, Elapsed = TimeSpan.FromSeconds(90) });
        var file = Assert.Single(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories));
        var scalars = Records(File.ReadAllBytes(file)).Skip(1).ToList();
        Assert.Equal(3, scalars.Count);
        Assert.All(scalars, r => Assert.Equal((9, 90.0), ((int)r[0], BitConverter.ToDouble(r, 1)))); // Event.wall_time: field 1, a double
    }

    /// <summary>TFRecord: length (8 bytes), its checksum (4), data, their checksum (4).</summary>
    private static IEnumerable<byte[]> Records(byte[] file)
    {
        for (var at = 0; at < file.Length;)
        {
            var length = (int)BitConverter.ToInt64(file, at);
            yield return file[(at + 12)..(at + 12 + length)];
            at += 12 + length + 4;
        }
    }
}
