namespace Warp;

/// <summary>The part of a run's state that is not tensors.</summary>
internal sealed record RunProgress
{
    /// <summary>The last full step.</summary>
    public required int Step { get; init; }

    /// <summary>Whether the evaluation that was due after it has been made and its progress told.</summary>
    public required bool IsConcluded { get; init; }

    public required StopReason Stop { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Every random stream by name: key, and how much has been drawn.</summary>
    public required IReadOnlyDictionary<string, StreamPosition> Streams { get; init; }

    /// <summary>The moving average of the baseline; NaN if there is none.</summary>
    public required double BaselineAverage { get; init; }

    /// <summary>The learning rate of the last step, which follows from the step; for the reader.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The step of the last good weights.</summary>
    public required int LastGoodStep { get; init; }

    /// <summary>The text of the anchor's state.</summary>
    public string? Anchor { get; init; }

    public required TimeSpan Elapsed { get; init; }

    public required IReadOnlyList<StepMetrics> Steps { get; init; }

    public required IReadOnlyList<StepEvaluation> Evaluations { get; init; }

    internal double? Score => Evaluations is [.., var last] && last.Step == Step ? last.Evaluation.Reward.Mean : null;
}

/// <summary>Where a random stream is.</summary>
/// <param name="Key">Its seed.</param>
/// <param name="Position">How many have been drawn.</param>
internal sealed record StreamPosition(ulong Key, long Position);
