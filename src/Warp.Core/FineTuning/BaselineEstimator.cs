namespace Warp;

/// <summary>Turns rewards into advantages. Holds the moving average, and nothing for the other baselines.</summary>
internal sealed class BaselineEstimator(Baseline baseline, double decay)
{
    /// <summary>The moving average; NaN before the first batch.</summary>
    internal double Average { get; set; } = double.NaN;

    /// <summary>Reward minus baseline of each completion; null where the baseline is undefined and the completion must be left out.</summary>
    /// <param name="rewards">KL-regularised rewards of the scorable completions.</param>
    /// <param name="prompts">Which prompt each belongs to.</param>
    internal double?[] Advantages(IReadOnlyList<double> rewards, IReadOnlyList<int> prompts)
    {
        if (rewards.Count == 0)
            return [];
        switch (baseline)
        {
            case Baseline.None:
                return [.. rewards.Select(r => (double?)r)];
            case Baseline.BatchMean:
                var mean = rewards.Average();
                return [.. rewards.Select(r => (double?)(r - mean))];
            case Baseline.MovingAverage:
                var batch = rewards.Average();
                var before = double.IsNaN(Average) ? batch : Average;
                Average = decay * before + (1 - decay) * batch;
                return [.. rewards.Select(r => (double?)(r - before))];
            case Baseline.LeaveOneOut:
                var groups = rewards.Select((Reward, i) => (Reward, Prompt: prompts[i])).GroupBy(x => x.Prompt)
                    .ToDictionary(g => g.Key, g => (Sum: g.Sum(x => x.Reward), Count: g.Count()));
                return [.. rewards.Select((r, i) => groups[prompts[i]] is { Count: > 1 } g ? r - (g.Sum - r) / (g.Count - 1) : (double?)null)];
            default:
                throw new ArgumentOutOfRangeException(nameof(rewards), baseline, "Unknown baseline.");
        }
    }
}
