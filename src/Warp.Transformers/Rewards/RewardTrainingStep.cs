namespace Warp.Transformers;

/// <summary>What one step of <see cref="RewardTraining"/> did.</summary>
/// <param name="Step">The number of the step, from 1.</param>
/// <param name="Steps">The number of steps of the whole run.</param>
/// <param name="Epoch">The pass over the examples, from 1.</param>
/// <param name="Loss">The mean loss of the batch's examples before the step, in nats; log 2 for a model that knows nothing.</param>
/// <param name="Accuracy">The share of the batch's examples that the model had right before the step.</param>
/// <param name="Tokens">The number of tokens of the batch, without padding.</param>
/// <param name="GradientNorm">The length of the gradient over all weights, before it was shortened.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
public sealed record RewardTrainingStep(
    int Step, int Steps, int Epoch, double Loss, double Accuracy, int Tokens, double GradientNorm, double LearningRate);
