using System.Text.Json;
using Warp.Samples;

namespace Warp.Tests;

public sealed class QuickstartProgramTests
{
    private static readonly string[] Results = ["front.csv", "front.png", "front.svg", "report.json", "sft.safetensors", "warp.safetensors"];
    private static readonly string[] Reproducible = ["front.csv", "sft.safetensors", "warp.safetensors"];

    [Fact]
    public async Task OneSeedGivesOneResultAndAllOfItIsWritten()
    {
        using var first = new Miniature();
        using var second = new Miniature();
        using var other = new Miniature();
        var cancellationToken = TestContext.Current.CancellationToken;

        Assert.Equal(0, await first.RunAsync(1, cancellationToken));
        Assert.Equal(0, await second.RunAsync(1, cancellationToken));
        Assert.Equal(0, await other.RunAsync(2, cancellationToken));

        Assert.Equal(Results, Directory.EnumerateFileSystemEntries(first.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(Results, name => Assert.NotEqual(0, new FileInfo(first.File(name)).Length));
        foreach (var name in Reproducible)
        {
            var bytes = await File.ReadAllBytesAsync(first.File(name), cancellationToken);
            Assert.Equal(bytes, await File.ReadAllBytesAsync(second.File(name), cancellationToken));
            Assert.NotEqual(bytes, await File.ReadAllBytesAsync(other.File(name), cancellationToken));
        }

        Assert.Equal("method,iteration,eta,kl,kl_se,reward,reward_se,gold,gold_se", (await File.ReadAllLinesAsync(first.File("front.csv"), cancellationToken))[0]);
        Assert.Equal("pt", Safetensors.ReadMetadata(first.File("sft.safetensors"))["format"]);
        Assert.Equal("pt", Safetensors.ReadMetadata(first.File("warp.safetensors"))["format"]);
        Assert.StartsWith("Quickstart of Warp.Core", first.Output, StringComparison.Ordinal);
        Assert.Empty(first.Error);

        using var report = JsonDocument.Parse(await File.ReadAllBytesAsync(first.File("report.json"), cancellationToken));
        AssertReport(report.RootElement);
    }

    private static void AssertReport(JsonElement report)
    {
        var options = report.GetProperty("options");
        Assert.Equal(1, options.GetProperty("seed").GetInt32());
        Assert.Equal(2, options.GetProperty("steps").GetInt32());
        Assert.False(string.IsNullOrEmpty(report.GetProperty("versions").GetProperty("warpCore").GetString()));
        Assert.False(string.IsNullOrEmpty(report.GetProperty("versions").GetProperty("torchSharp").GetString()));

        // SFT; 2 baselines at 2 steps; per iteration 2 runs at 2 steps, SLERP, LERP, LITI and a front of 3.
        Assert.Equal(1 + 2 * 2 + 2 * (2 * 2 + 3 + 3), report.GetProperty("evaluations").GetArrayLength());

        var iterations = report.GetProperty("warp").GetProperty("iterations");
        Assert.Equal(2, iterations.GetArrayLength());
        var seeds = iterations.EnumerateArray().SelectMany(i => i.GetProperty("runs").EnumerateArray()).Concat(report.GetProperty("baselines").EnumerateArray())
            .Select(r => r.GetProperty("seed").GetUInt64()).ToList();
        Assert.Equal(6, seeds.Distinct().Count());
        var angles = iterations[0].GetProperty("merge").GetProperty("groups").EnumerateArray()
            .SelectMany(g => g.GetProperty("steps").EnumerateArray()).Select(s => s.GetProperty("angleDegrees").GetDouble());
        Assert.All(angles, angle => Assert.InRange(angle, 0, 180));

        Assert.Equal(
            [
                "sft", "reward-model", "reinforce-sft-anchor",
                "warp-iteration-1-runs", "warp-iteration-1-averaging", "warp-iteration-1-evaluation", "warp-iteration-1-front",
                "warp-iteration-2-runs", "warp-iteration-2-averaging", "warp-iteration-2-evaluation", "warp-iteration-2-front",
            ],
            report.GetProperty("stages").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
        Assert.All(report.GetProperty("stages").EnumerateArray(), s => Assert.True(s.GetProperty("seconds").GetDouble() > 0));
    }

    [Theory]
    [InlineData("--eta", "0,2")] // not 2, and not 0.2
    [InlineData("--eta", "1.5")]
    [InlineData("--eta", "NaN")]
    [InlineData("--mu", "0")]
    [InlineData("--mu", "0,02")]
    [InlineData("--beta", "-1")]
    [InlineData("--beta", "1,000")]
    [InlineData("--seed", "-1")]
    [InlineData("--steps", "0")]
    [InlineData("--steps", "1.5")]
    [InlineData("--runs", "0")]
    [InlineData("--iterations", "none")]
    public async Task BadOptionIsNamedAndNothingIsWritten(string option, string value)
    {
        using var program = new Miniature();

        Assert.Equal(2, await program.RunCommandAsync(option, value, "--out", program.Folder));

        Assert.StartsWith($"{option} is ", program.Error, StringComparison.Ordinal);
        Assert.Contains(value, program.Error, StringComparison.Ordinal);
        Assert.Contains("--help", program.Error, StringComparison.Ordinal);
        Assert.Empty(program.Output);
        Assert.False(Directory.Exists(program.Folder));
    }

    [Fact]
    public async Task SeedSaysWhatItMayBe()
    {
        using var program = new Miniature();
        await program.RunCommandAsync("--seed", "-1", "--out", program.Folder);
        Assert.Contains("a whole number of at least 0", program.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FolderThatCannotBeMadeIsAnError()
    {
        using var program = new Miniature();
        await File.WriteAllTextAsync(program.Folder, "a file", TestContext.Current.CancellationToken);
        try
        {
            Assert.Equal(2, await program.RunCommandAsync("--out", Path.Combine(program.Folder, "results")));
            Assert.StartsWith("cannot create the results folder given by --out: ", program.Error, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(program.Folder);
        }
    }

    [Fact]
    public async Task CancellationLeavesNothing()
    {
        using var program = new Miniature();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        Assert.Equal(130, await program.RunAsync(1, cancelled.Token));

        Assert.False(Directory.Exists(program.Folder));
        Assert.Equal("Cancelled; nothing was written.", program.Error.Trim());
    }

    [Theory]
    [InlineData("SFT anchor")] // in the baselines
    [InlineData("WARP 1/2, SLERP")] // after the first merge
    [InlineData("WARP 2/2, run")] // in the second iteration
    public async Task CutOffItGoesOnFromItsCheckpoint(string line)
    {
        using var undisturbed = new Miniature();
        using var program = new Miniature();
        var checkpoint = program.Folder + "-checkpoint";
        var cancellationToken = TestContext.Current.CancellationToken;
        try
        {
            Assert.Equal(0, await undisturbed.RunAsync(1, cancellationToken));
            using (var cancel = new CancellationTokenSource())
            using (var watcher = new CancelAtLine(line, cancel))
                Assert.Equal(130, await program.RunAsync(1, cancel.Token, checkpoint, watcher));
            Assert.Contains("start again with the same options to go on", program.Error, StringComparison.Ordinal);
            Assert.Equal(2, await program.RunAsync(2, cancellationToken, checkpoint));
            Assert.Contains("Seed was 1 and is now 2", program.Error, StringComparison.Ordinal);
            Assert.Equal(0, await program.RunAsync(1, cancellationToken, checkpoint));
            Assert.Contains("Going on from", program.Output, StringComparison.Ordinal);
            Assert.DoesNotContain("SFT step", program.Output[program.Output.IndexOf("Going on from", StringComparison.Ordinal)..], StringComparison.Ordinal);
            foreach (var name in Reproducible)
                Assert.Equal(await File.ReadAllBytesAsync(undisturbed.File(name), cancellationToken), await File.ReadAllBytesAsync(program.File(name), cancellationToken));
        }
        finally
        {
            if (Directory.Exists(checkpoint))
                Directory.Delete(checkpoint, recursive: true);
        }
    }

    [Fact]
    public void NamesOfBaselinesDoNotCollide()
    {
        double[] betas = [0, 1e-5, 4e-4, 4.00001e-4, 0.05, 0.2, 1];
        Assert.Equal(betas.Length, betas.Select(Names.SftAnchor).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal("reinforce-sft-anchor-beta-0.05", Names.SftAnchor(0.05));
    }
}
