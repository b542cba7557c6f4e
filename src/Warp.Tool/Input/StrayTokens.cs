using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Warp.Tool.Input;

/// <summary>Words of a command line that belong to nothing: commands and options that do not exist, values of no option.</summary>
internal static class StrayTokens
{
    /// <summary>Options whose value is any text whatever.</summary>
    private static readonly string[] Texts = ["--prompt"];

    /// <summary>
    /// What is wrong with them, in words. An option of several values would take an option that does not exist for one more value; so no value
    /// begins with a dash, unless it is a number.
    /// </summary>
    internal static IReadOnlyList<string> Problems(ParseResult parsed)
    {
        var command = parsed.CommandResult;
        if (command.Command is RootCommand { Subcommands.Count: > 0 } root && parsed.UnmatchedTokens is [var first, ..] && !LooksLikeOption(first))
            return [$"There is no command '{first}'{Meant(first, [.. root.Subcommands.Select(c => c.Name)]) ?? "."}"];
        var options = command.Command.Options.Where(o => !o.Hidden).Select(o => o.Name).ToList();
        var values = command.Children.OfType<OptionResult>().Where(o => !Texts.Contains(o.Option.Name, StringComparer.Ordinal)).SelectMany(o => o.Tokens.Select(t => t.Value));
        var problems = values.Where(LooksLikeOption).Concat(parsed.UnmatchedTokens.Where(LooksLikeOption))
            .Select(t => $"There is no option '{t}'{Meant(t, options) ?? $"; a path that begins with '-' is written './{t}'."}").ToList();
        return problems.Count > 0 ? problems : [.. parsed.UnmatchedTokens.Select(t => $"'{t}' belongs to no option.")];
    }

    private static bool LooksLikeOption(string token) =>
        token is ['-', _, ..] && !double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static string? Meant(string typed, IReadOnlyCollection<string> names) => Nearest.Of(typed.Split('=')[0], names) is { } name ? $"; did you mean '{name}'?" : null;
}
