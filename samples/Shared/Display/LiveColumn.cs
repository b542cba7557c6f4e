using Spectre.Console;
using Spectre.Console.Rendering;

namespace Warp.Samples;

/// <summary>A column of one text per row, cut to its width.</summary>
internal sealed class LiveColumn(string key, int width, bool toTheRight, Style style) : ProgressColumn
{
    public const string Name = "name";
    public const string Step = "step";
    public const string Details = "details";
    public const string Left = "left";

    private const int NameWidth = 20;
    private const int StepWidth = 9;
    private const int LeftWidth = 7;
    private const int MostDetails = 50;
    private const int Gap = 1;

    /// <summary>What a row shows in a column; the state of a task holds values only.</summary>
    internal readonly record struct Content(string? Text);

    protected override bool NoWrap => true;

    /// <summary>The columns that fill a terminal of that width: details are cut first, and the bar gets what they leave.</summary>
    public static ProgressColumn[] For(int terminalWidth)
    {
        // One place stays free at the end of a row; some terminals wrap at the last one.
        var free = terminalWidth - 1 - (NameWidth + StepWidth + LeftWidth + 4 * Gap);
        var bar = Math.Clamp(free - 33, 4, 20);
        var details = Math.Clamp(free - bar, 8, MostDetails);
        return
        [
            new LiveColumn(Name, NameWidth, toTheRight: false, Style.Plain),
            new LiveColumn(Step, StepWidth, toTheRight: true, Style.Plain),
            new LiveColumn(Details, details, toTheRight: false, new Style(Color.Grey)),
            new LiveColumn(Left, LeftWidth, toTheRight: true, new Style(Color.Blue)),
            new ProgressBarColumn { Width = bar },
        ];
    }

    /// <summary>A text of exactly that width: filled with spaces, or cut and ended with an ellipsis.</summary>
    internal static string Fit(string text, int width, bool toTheRight) => text.Length > width
        ? text[..(width - 1)] + "…"
        : toTheRight ? text.PadLeft(width) : text.PadRight(width);

    public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
        new Text(Fit(task.State.Get<Content>(key).Text ?? "", width, toTheRight), style);

    public override int? GetColumnWidth(RenderOptions options) => width;
}
