namespace Warp;

/// <summary>What a run does when the loss or the gradient of a step is NaN or infinite, or a weight would be after it. Weights, moments and anchor stay as they were.</summary>
public enum NonFiniteStep
{
    /// <summary>The run ends with a <see cref="TrainingDivergedException"/>. The default.</summary>
    Stop,

    /// <summary>
    /// The step is left out, with a warning, and counted in <see cref="ReinforceReport.SkippedSteps"/>; the run goes on with the next prompts.
    /// </summary>
    SkipAndCount,
}
