using System.Text.Json;
using Warp.Tool;

namespace Warp.Tests;

/// <summary>What a command line printed and returned.</summary>
internal sealed record ToolRun(int ExitCode, string Output, string Error)
{
    /// <summary>The one JSON object on standard output.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static async Task<ToolRun> Of(params string[] arguments) => await Of(CancellationToken.None, arguments);

    public static async Task<ToolRun> Of(CancellationToken cancellationToken, params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await ToolProgram.RunAsync(arguments, new ToolConsole(output, error), cancellationToken);
        return new(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>Checks that it failed in words, not with a stack trace, and printed no result.</summary>
    public ToolRun Failed(int exitCode)
    {
        Assert.Equal(exitCode, ExitCode);
        Assert.Empty(Output);
        Assert.NotEmpty(Error);
        Assert.DoesNotContain("   at ", Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", Error, StringComparison.Ordinal);
        return this;
    }

    public ToolRun Succeeded()
    {
        Assert.True(ExitCode == 0, $"Exit code {ExitCode}: {Error}");
        return this;
    }
}
