using System.Diagnostics;

namespace Warp.Tests;

/// <summary>A real file system without room: a small tmpfs, which takes the right to mount one.</summary>
public sealed class FullDiskTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_loop_that_meets_a_full_disk_goes_on_once_there_is_room()
    {
        using var disk = new TemporaryFolder();
        using var results = new TemporaryFolder();
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && await RunAsync("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", disk.Path),
            "A tmpfs cannot be mounted here (it takes Linux and the right to).");
        try
        {
            var folder = Path.Combine(disk.Path, "checkpoint");
            using (var full = Survivor.Start(results.File("full"), folder))
            {
                await full.EndAsync(Token);
                Assert.Equal(3, full.ExitCode);
                var message = await full.ErrorsAsync();
                Assert.Contains("No space left on device", message, StringComparison.Ordinal);
                Assert.Contains("make room", message, StringComparison.Ordinal);
            }

            Assert.True(await RunAsync("mount", "-o", "remount,size=16m", disk.Path));
            using var roomy = Survivor.Start(results.File("roomy"), folder);
            await roomy.EndAsync(Token);
            Assert.True(roomy.ExitCode == 0, await roomy.ErrorsAsync());
            Assert.Contains(roomy.Said, line => line.StartsWith("log 301 ", StringComparison.Ordinal));

            using var undisturbed = Survivor.Start(results.File("expected"));
            await undisturbed.EndAsync(Token);
            Assert.Equal(await File.ReadAllTextAsync(results.File("expected"), Token), await File.ReadAllTextAsync(results.File("roomy"), Token));
        }
        finally
        {
            await RunAsync("umount", disk.Path);
        }
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_refused_and_left_as_it_is()
    {
        using var disk = new TemporaryFolder();
        using var results = new TemporaryFolder();
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && await RunAsync("mount", "-t", "tmpfs", "-o", "ro,size=64k", "tmpfs", disk.Path),
            "A tmpfs cannot be mounted here (it takes Linux and the right to).");
        try
        {
            using var refused = Survivor.Start(results.File("result"), disk.Path);
            await refused.EndAsync(Token);
            Assert.Equal(3, refused.ExitCode);
            var message = await refused.ErrorsAsync();
            Assert.Contains($"The checkpoint folder '{disk.Path}' cannot be used", message, StringComparison.Ordinal);
            Assert.Contains("Give a folder that can be written", message, StringComparison.Ordinal);
            Assert.Empty(Directory.EnumerateFileSystemEntries(disk.Path));
        }
        finally
        {
            await RunAsync("umount", disk.Path);
        }
    }

    private static async Task<bool> RunAsync(string command, params string[] arguments)
    {
        var start = new ProcessStartInfo(command) { UseShellExecute = false, RedirectStandardError = true };
        Array.ForEach(arguments, start.ArgumentList.Add);
        try
        {
            using var process = Process.Start(start)!;
            await process.WaitForExitAsync(Token);
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // There is no such command.
        }
    }
}
