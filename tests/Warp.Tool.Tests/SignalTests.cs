using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Warp.Tests;

/// <summary>Real signals to a real process in the middle of a merge.</summary>
public sealed class SignalTests
{
    /// <summary>Long enough to be met in the middle: reading, hashing and writing take some hundred milliseconds.</summary>
    private const int Weights = 64 << 20;

    private const int Interrupted = 130;

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_signal_ends_a_merge_with_130_and_nothing_is_left(string signal)
    {
        Assert.SkipWhen(signal == "HUP" && HangUpIsIgnored(), "These tests run under nohup, whose children are to outlive a hang-up.");
        using var folder = new TestFolder();
        var line = Begin(folder);
        var before = folder.Names;
        using var process = Start(line);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await Send(signal, process, folder);

        Assert.True(process.ExitCode == Interrupted, $"Exit code {process.ExitCode}: {await error}");
        Assert.Equal("Cancelled; no output was left behind.", (await error).Trim());
        Assert.Equal(before, folder.Names);
    }

    [Fact]
    public async Task After_a_kill_a_rerun_completes()
    {
        using var folder = new TestFolder();
        var line = Begin(folder);
        var before = folder.Names;
        using (var killed = Start(line))
            await Send("KILL", killed, folder);
        Assert.Equal([".out.safetensors.warp-partial", .. before], folder.Names);

        using var rerun = Start(line);
        var error = rerun.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await rerun.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(rerun.ExitCode == 0, await error);
        Assert.Equal([.. before.Append("out.safetensors").Order(StringComparer.Ordinal)], folder.Names);
        using var merged = Checkpoint.Open(folder["out.safetensors"]);
        Assert.Equal(Weights, merged["w"].ElementCount);
    }

    // "SigIgn:" in hexadecimal digits, of which the last bit is SIGHUP, and inherited.
    private static bool HangUpIsIgnored() => OperatingSystem.IsLinux()
        && File.ReadLines("/proc/self/status").Any(line => line.StartsWith("SigIgn:", StringComparison.Ordinal) && "13579bdf".Contains(line[^1], StringComparison.Ordinal));

    private static string[] Begin(TestFolder folder)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signals.");
        foreach (var name in new[] { "init", "a", "b" })
            Zeros(folder[$"{name}.safetensors"]);
        return
        [
            "merge", "--init", folder["init.safetensors"], "--policies", folder["a.safetensors"], folder["b.safetensors"], "--out", folder["out.safetensors"], "--memory", "1MiB", "--quiet",
        ];
    }

    /// <summary>A file without blocks on the disk where the system has such files.</summary>
    private static void Zeros(string path)
    {
        const long Bytes = 4L * Weights;
        var header = Encoding.UTF8.GetBytes($$$"""{"w":{"dtype":"F32","shape":[{{{Weights}}}],"data_offsets":[0,{{{Bytes}}}]}}""");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        using var file = File.Create(path);
        file.Write([.. length, .. header]);
        file.SetLength(length.Length + header.Length + Bytes);
    }

    private static Process Start(string[] arguments)
    {
        string[] tool = ["dotnet", Path.Combine(AppContext.BaseDirectory, "dotnet-warp.dll"), .. arguments];
        // A shell's background jobs, such as a test run with nohup, ignore SIGINT, and so would their children.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", .. tool] : tool;
        return Process.Start(new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardError = true })!;
    }

    /// <summary>Waits until the output is being written, sends the signal and waits for the end.</summary>
    private static async Task Send(string signal, Process process, TestFolder folder)
    {
        while (!File.Exists(Path.Combine(folder[".out.safetensors.warp-partial"], "out.safetensors")))
        {
            Assert.False(process.HasExited, "The merge ended before it was met.");
            await Task.Delay(TimeSpan.FromMilliseconds(2), TestContext.Current.CancellationToken);
        }

        using (var kill = Process.Start("kill", ["-s", signal, process.Id.ToString(CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
