using System.Diagnostics;

namespace Warp.Tests;

/// <summary>The tool as a process of its own.</summary>
public sealed class ProcessTests
{
    [Fact]
    public async Task Exit_codes_and_streams_are_those_of_the_commands()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);

        var good = await Run("merge", "--init", init, "--policies", a, b, "--out", folder["ü.safetensors"], "--json");
        Assert.True(good.ExitCode == 0, good.Error);
        Assert.Equal(folder["ü.safetensors"], good.Json.GetProperty("output").GetString());
        Assert.Empty(good.Error);

        (await Run("merge", "--init", init, "--policies", a, b, "--out", folder["ü.safetensors"])).Failed(1);
        (await Run("merge", "--init", init)).Failed(2);
    }

    private static async Task<ToolRun> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "dotnet-warp.dll"), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = System.Text.Encoding.UTF8,
            StandardErrorEncoding = System.Text.Encoding.UTF8,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new(process.ExitCode, await output, await error);
    }
}
