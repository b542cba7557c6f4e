namespace Warp.Transformers;

/// <summary>What all training by examples has in common: passes, batches, and Adam's learning rate with its warm-up and clipping.</summary>
public abstract record ExampleTrainingOptions
{
    private protected ExampleTrainingOptions()
    {
    }

    /// <summary>How often every example is seen, at least 1. Default 1.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Examples per step, at least 1; the last step of an epoch takes what is left. Default 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>The greatest learning rate of Adam, finite and above 0. Default 1e-3, for small models from random weights; large pretrained ones take 1e-5.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>
    /// The learning rate at the end, as a share of <see cref="LearningRate"/>, in [0, 1]: after the warm-up it falls along half a cosine. 1
    /// keeps it constant. Default 0.
    /// </summary>
    public double FinalLearningRateShare { get; init; }

    /// <summary>
    /// The number of steps over which the learning rate grows linearly to <see cref="LearningRate"/>, at least 0; at most half of all steps are taken for it. Default 10.
    /// </summary>
    public int WarmupSteps { get; init; } = 10;

    /// <summary>The greatest length of the gradient over all weights; longer ones are shortened to it. Above 0; infinity never shortens. Default 1.</summary>
    public double MaxGradientNorm { get; init; } = 1;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">A setting is out of range; all are listed.</exception>
    public void Validate()
    {
        if (Problems().ToList() is { Count: > 0 } problems)
            throw new OptionsException(GetType().Name, problems);
    }

    /// <summary>The learning rate of a step, counted from 0.</summary>
    internal double LearningRateAt(int step, int steps)
    {
        var warmup = Math.Min(WarmupSteps, steps / 2); // a short training would end before it has begun
        if (step < warmup)
            return LearningRate * (step + 1) / warmup;
        var progress = (double)(step - warmup) / Math.Max(1, steps - warmup);
        return LearningRate * (FinalLearningRateShare + (1 - FinalLearningRateShare) * 0.5 * (1 + Math.Cos(Math.PI * progress)));
    }

    /// <summary>What is wrong with the settings, a clause each.</summary>
    private protected virtual IEnumerable<string> Problems()
    {
        if (Epochs < 1)
            yield return $"{nameof(Epochs)} is {Epochs}; it must be at least 1";
        if (BatchSize < 1)
            yield return $"{nameof(BatchSize)} is {BatchSize}; it must be at least 1";
        if (!double.IsFinite(LearningRate) || LearningRate <= 0)
            yield return $"{nameof(LearningRate)} is {LearningRate}; it must be finite and above 0";
        if (!(FinalLearningRateShare is >= 0 and <= 1))
            yield return $"{nameof(FinalLearningRateShare)} is {FinalLearningRateShare}; it must be in [0, 1]";
        if (WarmupSteps < 0)
            yield return $"{nameof(WarmupSteps)} is {WarmupSteps}; it must be at least 0";
        if (!(MaxGradientNorm > 0))
            yield return $"{nameof(MaxGradientNorm)} is {MaxGradientNorm}; it must be above 0 (infinity never shortens)";
    }
}
