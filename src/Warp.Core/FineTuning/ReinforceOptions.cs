namespace Warp;

/// <summary>The settings of one REINFORCE run. The defaults are the paper's for Gemma 7B (Appendix B), or ours where it says nothing.</summary>
public sealed record ReinforceOptions
{
    /// <summary>T in the paper: optimizer steps, at least 1. Default 9000. Moot inside <see cref="WarpLoop"/>, which has a schedule.</summary>
    public int Steps { get; init; } = 9000;

    /// <summary>Prompts per step, at least 1. Default 32; times <see cref="CompletionsPerPrompt"/> the paper's batch of 128.</summary>
    public int PromptsPerStep { get; init; } = 32;

    /// <summary>Completions sampled of each prompt, at least 1; at least 2 for <see cref="Baseline.LeaveOneOut"/>. Default 4.</summary>
    public int CompletionsPerPrompt { get; init; } = 4;

    /// <summary>How completions are sampled; the temperature, which must be above 0, is also that of all log-probabilities. Default 0.9, 128 tokens.</summary>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>β in the paper: weight of the KL penalty in the reward, at least 0. Default 0.1. With 0 nothing holds the policy.</summary>
    public double KlCoefficient { get; init; } = 0.1;

    /// <summary>μ in the paper: rate of the EMA anchor, in (0, 1]. Default 0.01. Moot with another anchor.</summary>
    public double EmaRate { get; init; } = EmaAnchor.DefaultRate;

    /// <summary>What is subtracted from the rewards. Default <see cref="Baseline.LeaveOneOut"/>.</summary>
    public Baseline Baseline { get; init; } = Baseline.LeaveOneOut;

    /// <summary>Decay of <see cref="Baseline.MovingAverage"/> (moot otherwise), in [0, 1). Default 0.9.</summary>
    public double BaselineDecay { get; init; } = 0.9;

    /// <summary>Learning rate of Adam after the warm-up; above 0. Default 1e-6.</summary>
    public double LearningRate { get; init; } = 1e-6;

    /// <summary>Steps over which the learning rate rises linearly, at least 0. Default 100.</summary>
    public int WarmupSteps { get; init; } = 100;

    /// <summary>β₁ of Adam in [0, 1). Default 0.9.</summary>
    public double AdamBeta1 { get; init; } = 0.9;

    /// <summary>β₂ of Adam in [0, 1). Default 0.999.</summary>
    public double AdamBeta2 { get; init; } = 0.999;

    /// <summary>ε of Adam, above 0. Default 1e-8.</summary>
    public double AdamEpsilon { get; init; } = 1e-8;

    /// <summary>Gradients of a larger Euclidean norm over all weights are scaled down to it; above 0, or null for no clipping. Default 1.</summary>
    public double? MaxGradientNorm { get; init; } = 1;

    /// <summary>
    /// The most tokens per forward and backward pass, at least 1: rows times the longest prompt with its completion. It bounds the memory of
    /// activations, not the result beyond rounding; a rollout that is longer by itself stands alone. Default 2048. A batch that fits into one
    /// needs one forward pass less. Sampling takes the whole batch at once.
    /// </summary>
    public int MicroBatchTokens { get; init; } = 2048;

    /// <summary>Held-out evaluations take place every so many steps and at the end; at least 1. Default 100. Moot without an evaluator.</summary>
    public int EvaluationInterval { get; init; } = 100;

    /// <summary>
    /// The run ends early, with the weights of its last evaluation below it, when an evaluation finds a KL to θ_sft of this or more; in nats
    /// per sequence, above 0, or null for none. Default 200. Moot without an evaluator.
    /// </summary>
    public double? KlCeiling { get; init; } = 200;

    /// <summary>What happens when the loss or the gradient of a step is NaN or infinite, or a weight would be after it; the step is not applied in either case.
    /// Default <see cref="NonFiniteStep.Stop"/>.</summary>
    public NonFiniteStep NonFinite { get; init; } = NonFiniteStep.Stop;

    /// <summary>
    /// Threads that torch uses on the CPU in this run, at least 1. Default 1. Torch's results depend on it in the last bits, so it is a
    /// setting and not a property of the machine.
    /// </summary>
    public int TorchThreads { get; init; } = 1;

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    public void Validate() => OptionProblems.ThrowIfAny(Problems(), nameof(ReinforceOptions));

    internal IEnumerable<string> Problems()
    {
        if (Steps < 1)
            yield return $"{nameof(Steps)} is {Steps}; it must be at least 1";
        if (PromptsPerStep < 1)
            yield return $"{nameof(PromptsPerStep)} is {PromptsPerStep}; it must be at least 1";
        if (CompletionsPerPrompt < 1)
            yield return $"{nameof(CompletionsPerPrompt)} is {CompletionsPerPrompt}; it must be at least 1";
        else if (CompletionsPerPrompt < 2 && Baseline == Baseline.LeaveOneOut)
            yield return $"{nameof(CompletionsPerPrompt)} is 1 while {nameof(Baseline)} is LeaveOneOut, which compares completions of one prompt; set it to at least 2, or choose another baseline";
        if (!Enum.IsDefined(Baseline))
            yield return $"{nameof(Baseline)} is {Baseline}; it may be LeaveOneOut, None, BatchMean or MovingAverage";
        foreach (var problem in Sampling.Problems().Within(nameof(Sampling)))
            yield return problem;
        if (Sampling.Temperature == 0)
            yield return $"{nameof(Sampling)}.{nameof(Sampling.Temperature)} is 0; training samples, so it must be above 0";
        if (!double.IsFinite(KlCoefficient) || KlCoefficient < 0)
            yield return $"{nameof(KlCoefficient)} (β) is {KlCoefficient}; it must be finite and at least 0";
        if (!(EmaRate is > 0 and <= 1))
            yield return $"{nameof(EmaRate)} (μ) is {EmaRate}; it must be in (0, 1]";
        if (!(BaselineDecay is >= 0 and < 1))
            yield return $"{nameof(BaselineDecay)} is {BaselineDecay}; it must be in [0, 1)";
        if (!double.IsFinite(LearningRate) || LearningRate <= 0)
            yield return $"{nameof(LearningRate)} is {LearningRate}; it must be finite and above 0";
        if (WarmupSteps < 0)
            yield return $"{nameof(WarmupSteps)} is {WarmupSteps}; it must be at least 0";
        if (!(AdamBeta1 is >= 0 and < 1))
            yield return $"{nameof(AdamBeta1)} is {AdamBeta1}; it must be in [0, 1)";
        if (!(AdamBeta2 is >= 0 and < 1))
            yield return $"{nameof(AdamBeta2)} is {AdamBeta2}; it must be in [0, 1)";
        if (!double.IsFinite(AdamEpsilon) || AdamEpsilon <= 0)
            yield return $"{nameof(AdamEpsilon)} is {AdamEpsilon}; it must be finite and above 0";
        if (MaxGradientNorm is { } norm && (!double.IsFinite(norm) || norm <= 0))
            yield return $"{nameof(MaxGradientNorm)} is {norm}; it must be finite and above 0, or null for no clipping";
        if (MicroBatchTokens < 1)
            yield return $"{nameof(MicroBatchTokens)} is {MicroBatchTokens}; it must be at least 1";
        if (EvaluationInterval < 1)
            yield return $"{nameof(EvaluationInterval)} is {EvaluationInterval}; it must be at least 1";
        if (KlCeiling is { } ceiling && !(ceiling > 0))
            yield return $"{nameof(KlCeiling)} is {ceiling}; it must be above 0, or null for none";
        if (!Enum.IsDefined(NonFinite))
            yield return $"{nameof(NonFinite)} is {NonFinite}; it may be Stop or SkipAndCount";
        if (TorchThreads < 1)
            yield return $"{nameof(TorchThreads)} is {TorchThreads}; it must be at least 1";
    }
}
