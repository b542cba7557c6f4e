namespace Warp;

/// <summary>
/// What is subtracted from the KL-regularised rewards of a batch before they weigh the gradient. It changes the variance, not (or hardly) the
/// expectation. The paper says only "a variant of REINFORCE".
/// </summary>
public enum Baseline
{
    /// <summary>
    /// The mean of the other completions of the same prompt (RLOO; Kool et al. 2019, Ahmadian et al. 2024). Unbiased. Needs at least two
    /// completions per prompt; one that is the only scorable of its prompt is left out. The default.
    /// </summary>
    LeaveOneOut,

    /// <summary>Nothing. Unbiased, with the largest variance.</summary>
    None,

    /// <summary>The mean of the batch, the completion itself included: shrinks the expected gradient by (1 − 1/batch).</summary>
    BatchMean,

    /// <summary>
    /// An exponential moving average of the means of past batches, started by the mean of the first. Unbiased after the first step.
    /// </summary>
    MovingAverage,
}
