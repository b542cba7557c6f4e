using System.Globalization;
using Spectre.Console;

namespace Warp.Dashboard;

/// <summary>A row per run with its last step, a row per merge and point of the front, and the warnings below.</summary>
internal sealed class Board : IProgress<WarpProgress>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _rows = new(StringComparer.Ordinal);

    public Table Table { get; } = new Table().Title("Warp.Core").AddColumns("where", "step", "reward", "KL to anchor", "KL to SFT", "length", "cut off", "gradient", "tokens/s", "left");

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
                    value.Remaining is { } left ? left.ToString("mm\\:ss", CultureInfo.InvariantCulture) : null);
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
        }

        Changed?.Invoke();
    }

    public void Warn(string text)
    {
        lock (_gate)
            Table.Caption(new TableTitle($"{(Table.Caption is { } before ? before.Text + "\n" : "")}! {text}".EscapeMarkup(), new Style(Color.Yellow)));
        Changed?.Invoke();
    }

    /// <summary>Sets the cells of a row; null leaves what is there.</summary>
    private void Show(string where, params string?[] cells)
    {
        if (!_rows.TryGetValue(where, out var row))
        {
            _rows.Add(where, row = Table.Rows.Count);
            Table.AddRow([where, .. cells.Select(c => c ?? "")]);
            return;
        }

        for (var c = 0; c < cells.Length; c++)
        {
            if (cells[c] is { } cell)
                Table.UpdateCell(row, c + 1, cell);
        }
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
