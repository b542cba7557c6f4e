namespace Warp.Transformers;

/// <summary>
/// How a <see cref="SequenceClassifierRewardModel"/> is trained. The batch of <see cref="ExampleTrainingOptions.BatchSize"/> examples is
/// divided by <see cref="SequenceClassifierOptions.TokensPerBatch"/>, and its gradient summed up; results do not depend on the division.
/// </summary>
public sealed record RewardTrainingOptions : ExampleTrainingOptions;
