namespace Warp.Tool.Output;

/// <summary>An inspection as a table: a line for each group and step, every cell whole.</summary>
internal static class InspectTable
{
    private const string Gap = "  ";
    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";

    internal static void Write(ToolConsole console, InspectOutcome outcome)
    {
        foreach (var warning in outcome.Warnings)
            console.Error.WriteLine(PlainText.Of($"warning: {warning}"));
        foreach (var line in Lines(outcome, console.OutputWidth))
            console.Output.WriteLine(line);
        if (outcome.Plot is { } plot)
            console.Output.WriteLine(PlainText.Of($"Figure: {plot}"));
    }

    /// <summary>The lines. Names of groups are shortened if that makes the table fit <paramref name="width"/>; nothing else gives way.</summary>
    internal static IReadOnlyList<string> Lines(InspectOutcome outcome, int? width)
    {
        var rows = outcome.Groups.Zip(outcome.FullWeightAnglesDegrees)
            .SelectMany(g => g.First.Steps.Select((step, i) => Row(g.First, step, i, g.Second[i], outcome.Policies.Count)))
            .ToList();
        var columns = Columns(outcome.Policies.Count);
        if (rows.Exists(r => r[^1].Length > 0))
            columns.Add(("remark", IsRight: false));
        var widths = columns.Select((c, i) => Math.Max(c.Header.Length, rows.Select(r => r[i].Length).DefaultIfEmpty(0).Max())).ToArray();
        if (width < widths.Sum() + Gap.Length * (widths.Length - 1))
        {
            var names = ShortNames.Of([.. rows.Select(r => r[0])], widths[0] + width.Value - widths.Sum() - Gap.Length * (widths.Length - 1));
            for (var i = 0; i < rows.Count; i++)
                rows[i][0] = names[i];
            widths[0] = Math.Max(columns[0].Header.Length, names.Max(n => n.Length));
        }

        return [Line([.. columns.Select(c => c.Header)]), Line([.. widths.Select(w => new string('─', w))]), .. rows.Select(Line)];

        string Line(string[] cells) => string.Join(Gap, columns.Select((c, i) => c.IsRight ? cells[i].PadLeft(widths[i]) : cells[i].PadRight(widths[i]))).TrimEnd();
    }

    private static List<(string Header, bool IsRight)> Columns(int policies) => policies == 2
        ? [("group", false), ("parameters", true), ("‖δ¹‖", true), ("‖δ²‖", true), ("∠ δ¹ δ²", true), ("‖δ¹‖/‖δ²‖", true), ("∠ θ¹ θ²", true)]
        : [("group", false), ("parameters", true), ("a", false), ("b", false), ("‖a‖", true), ("‖b‖", true), ("∠ a b", true), ("‖a‖/‖b‖", true), ("∠ θ¹ θᵇ", true)];

    /// <summary>Step i brings in policy i + 2.</summary>
    private static string[] Row(MergeGroup group, MergeStep step, int i, double? fullAngle, int policies)
    {
        var next = group.Norms[i + 1];
        // From the third policy on, the first vector is what has been merged so far.
        var before = i == 0 ? group.Norms[0] : step.NormRatio * next;
        string[] vectors = policies == 2 ? [] : [i == 0 ? "δ¹" : $"δ¹⁻{Above(i + 1)}", $"δ{Above(i + 2)}"];
        return
        [
            PlainText.OneLine(group.Name), Numbers.Count(group.Parameters), .. vectors, Numbers.Measure(before), Numbers.Measure(next), Numbers.Angle(step.AngleDegrees),
            Numbers.Measure(step.NormRatio), Numbers.Angle(fullAngle), Remark(step),
        ];
    }

    private static string Above(int number) =>
        string.Concat(number.ToString(System.Globalization.CultureInfo.InvariantCulture).Select(digit => Superscripts[digit - '0']));

    private static string Remark(MergeStep step) => step.Kind switch
    {
        MergeStepKind.ZeroVector => "unchanged",
        MergeStepKind.Parallel => "parallel",
        MergeStepKind.Opposite => "opposite",
        _ => "",
    };
}
