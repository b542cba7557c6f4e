namespace Warp.Transformers;

/// <summary>What one step of <see cref="SupervisedFineTuning"/> did.</summary>
/// <param name="Step">The number of the step, from 1.</param>
/// <param name="Steps">The number of steps of the whole run.</param>
/// <param name="Epoch">The pass over the examples, from 1.</param>
/// <param name="Loss">−log p of the learnt tokens before the step, in nats per token.</param>
/// <param name="Tokens">The number of learnt tokens in the batch.</param>
/// <param name="GradientNorm">The length of the gradient over all weights, before it was shortened.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
public sealed record SupervisedFineTuningStep(int Step, int Steps, int Epoch, double Loss, int Tokens, double GradientNorm, double LearningRate);
