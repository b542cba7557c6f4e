namespace Warp.Quickstart;

/// <summary>How a <see cref="ReviewRewardModel"/> is built and trained.</summary>
public sealed record RewardTrainingOptions
{
    /// <summary>Width of the word embeddings. Default 32.</summary>
    public int EmbeddingWidth { get; init; } = 32;

    /// <summary>Width of the hidden layer. Default 64.</summary>
    public int HiddenWidth { get; init; } = 64;

    /// <summary>Passes over the pairs. Default 15.</summary>
    public int Epochs { get; init; } = 15;

    /// <summary>Pairs per step. Default 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Adam's learning rate. Default 0.002.</summary>
    public double LearningRate { get; init; } = 2e-3;
}
