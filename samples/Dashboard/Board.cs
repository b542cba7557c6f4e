using System.Globalization;
using Spectre.Console;

namespace Warp.Dashboard;

/// <summary>A row per run with its last step, a row per merge and point of the front, and the warnings below.</summary>
internal sealed class Board : IProgress<WarpProgress>
{
    private const int WideEnough = 110;
    private static readonly string[] Columns = ["where", "step", "reward", "KL to anchor", "KL to SFT", "length", "cut off", "gradient", "tokens/s", "left"];

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);
    private readonly List<string> _warnings = [];

    private readonly int _shown;

    /// <param name="width">Of the console, in characters; in a narrow one, half of the columns have no room.</param>
    public Board(int width)
    {
        _shown = width >= WideEnough ? Columns.Length : Columns.Length / 2;
        Table = new Table().Title("Warp.Core").AddColumns(Columns[.._shown]);
    }

    public Table Table { get; }

    /// <summary>Draws again.</summary>
    public Action? Changed { get; set; }

    public void Report(WarpProgress value)
    {
        lock (_gate)
        {
            if (value.Step is { } step)
            {
                var metrics = step.Metrics;
                Show(
                    $"iteration {value.Iteration}, run {value.Run}",
                    $"{step.Step}/{step.Steps}",
                    Number(metrics.Reward),
                    Number(metrics.KlToAnchor),
                    step.Evaluation is { } held ? Number(held.Kl.Mean) : null,
                    Number(metrics.Length),
                    metrics.TruncatedShare.ToString("P0", CultureInfo.InvariantCulture),
                    Number(metrics.GradientNorm),
                    Number(metrics.Tokens / metrics.Duration.TotalSeconds),
                    value.Remaining is { } left ? left.ToString("h\\:mm\\:ss", CultureInfo.InvariantCulture) : null);
            }
            else if (value.Evaluation is { } evaluation)
            {
                Show(
                    value.Eta is { } eta ? $"{value.Stage}, η = {Number(eta)}{(value.Stage == WarpStage.Front ? "" : $", iteration {value.Iteration}")}" : $"{value.Stage}, iteration {value.Iteration}",
                    "",
                    Number(evaluation.Reward.Mean),
                    "",
                    Number(evaluation.Kl.Mean),
                    Number(evaluation.Length.Mean),
                    evaluation.TruncatedShare.ToString("P0", CultureInfo.InvariantCulture),
                    "",
                    "",
                    "");
            }

            Changed?.Invoke(); // Runs report side by side, and a table cannot be drawn while it changes.
        }
    }

    public void Warn(string text)
    {
        lock (_gate)
        {
            _warnings.Add(text);
            Table.Caption(new TableTitle(string.Join('\n', _warnings.Select(w => $"! {w}")).EscapeMarkup(), new Style(Color.Yellow)));
            Changed?.Invoke();
        }
    }

    /// <summary>Sets the cells of a row; null leaves what is there.</summary>
    private void Show(string where, params string?[] cells)
    {
        if (!_rows.TryGetValue(where, out var row))
        {
            _rows.Add(where, row = Table.Rows.Count);
            Table.AddRow([where, .. cells.Take(_shown - 1).Select(c => c ?? "")]);
            return;
        }

        for (var c = 0; c < _shown - 1; c++)
        {
            if (cells[c] is { } cell)
                Table.UpdateCell(row, c + 1, cell);
        }
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
