using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;

namespace Warp.Tool.Output;

/// <summary>The help of System.CommandLine under the name that people type: <c>dotnet warp</c>, not that of the executable.</summary>
internal sealed class ToolHelp(HelpAction action) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var output = parseResult.InvocationConfiguration.Output;
        parseResult.InvocationConfiguration.Output = text;
        var code = action.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output = output;
        foreach (var line in text.ToString().ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'))
        {
            var named = line.StartsWith($"  {RootCommand.ExecutableName} ", StringComparison.Ordinal) ? $"  dotnet warp{line[(2 + RootCommand.ExecutableName.Length)..]}" : line;
            output.WriteLine(named.TrimEnd());
        }

        return code;
    }
}
