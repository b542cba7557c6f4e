using System.Diagnostics;
using System.Reflection;
using System.Threading.Channels;

namespace Warp.Tests;

/// <summary>The other process.</summary>
internal sealed class Survivor : IDisposable
{
    private static readonly string Program = typeof(Survivor).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "Survivor").Value!;

    private readonly Process _process;
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly List<string> _said = [];
    private readonly Task<string> _errors;

    private Survivor(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
        _ = ReadAsync();
    }

    public int ExitCode => _process.ExitCode;

    /// <summary>Everything it has said so far that was waited for.</summary>
    public IReadOnlyList<string> Said => _said;

    public Task<string> ErrorsAsync() => _errors;

    public static Survivor Start(string result, string? folder = null, int interval = 1)
    {
        var start = new ProcessStartInfo("dotnet") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in folder is null ? [Program, result] : new[] { Program, result, folder, $"{interval}" })
            start.ArgumentList.Add(argument);
        return new Survivor(Process.Start(start)!);
    }

    /// <summary>The next line; null once it has ended.</summary>
    public async Task<string?> NextAsync(CancellationToken cancellationToken)
    {
        if (!await _lines.Reader.WaitToReadAsync(cancellationToken))
            return null;
        var line = await _lines.Reader.ReadAsync(cancellationToken);
        _said.Add(line);
        return line;
    }

    /// <summary>SIGKILL: no handler, no finally block, no flush.</summary>
    public void Kill() => _process.Kill();

    public async Task EndAsync(CancellationToken cancellationToken)
    {
        while (await NextAsync(cancellationToken) is not null)
        {
        }

        await _process.WaitForExitAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
            await _lines.Writer.WriteAsync(line);
        _lines.Writer.Complete();
    }
}
