using Spectre.Console;

namespace Warp.Tool.Output;

/// <summary>An inspection as a table.</summary>
internal static class InspectTable
{
    private const int WideEnough = 240;
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    internal static void Write(ToolConsole console, InspectOutcome outcome)
    {
        foreach (var warning in outcome.Warnings)
            console.Error.WriteLine(PlainText.Of($"warning: {warning}"));
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(console.Output),
            Ansi = console.OutputIsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = InteractionSupport.No,
        });
        // In a file or a pipe, lines are never broken.
        if (!console.OutputIsTerminal)
            terminal.Profile.Width = WideEnough + 40 * outcome.Policies.Count;
        terminal.Write(Build(outcome));
    }

    private static Table Build(InspectOutcome outcome)
    {
        var policies = outcome.Policies.Count;
        var table = new Table().Border(TableBorder.Simple);
        table.AddColumn("group");
        Add("parameters");
        for (var m = 1; m <= policies; m++)
            Add($"‖δ{Above(m)}‖");
        for (var m = 2; m <= policies; m++)
        {
            // From the third policy on, δ is what has been merged so far.
            var before = m == 2 ? "δ¹" : $"δ¹⁻{Above(m - 1)}";
            Add($"∠ {before} δ{Above(m)}");
            Add($"‖{before}‖ / ‖δ{Above(m)}‖");
            Add($"∠ θ¹ θ{Above(m)}");
        }

        table.AddColumn("remark");
        foreach (var (group, full) in outcome.Groups.Zip(outcome.FullWeightAnglesDegrees))
        {
            table.AddRow(
            [
                new Text(PlainText.Of(group.Name)),
                new Text(Numbers.Count(group.Parameters)),
                .. group.Norms.Select(norm => new Text(Numbers.Measure(norm))),
                .. group.Steps.Zip(full).SelectMany(step => new[]
                {
                    new Text(Numbers.Angle(step.First.AngleDegrees)), new Text(Numbers.Measure(step.First.NormRatio)), new Text(Numbers.Angle(step.Second)),
                }),
                new Text(string.Join(", ", group.Steps.Select(Remark).Where(r => r.Length > 0).Distinct(StringComparer.Ordinal))),
            ]);
        }

        return table;

        void Add(string header) => table.AddColumn(new TableColumn(header).RightAligned().NoWrap());
    }

    private static string Above(int number) =>
        string.Concat(number.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(digit => Superscripts[digit - '0']));

    private static string Remark(MergeStep step) => step.Kind switch
    {
        MergeStepKind.ZeroVector => "unchanged by a policy",
        MergeStepKind.Parallel => "parallel",
        MergeStepKind.Opposite => "opposite",
        _ => "",
    };
}
