namespace Warp.Tests;

public sealed class ReinforceOptionsTests
{
    [Fact]
    public void The_defaults_are_the_papers()
    {
        var options = new ReinforceOptions();
        options.Validate();
        Assert.Equal((9000, 128, 0.1, 0.01, 1e-6, 100, 0.9), (
            options.Steps, options.PromptsPerStep * options.CompletionsPerPrompt, options.KlCoefficient, options.EmaRate, options.LearningRate,
            options.WarmupSteps, options.Sampling.Temperature));
        Assert.Equal((100, 200.0), (options.EvaluationInterval, options.KlCeiling));
    }

    [Fact]
    public void All_problems_are_reported_together()
    {
        var error = Assert.Throws<OptionsException>(() => new ReinforceOptions
        {
            Steps = 0,
            PromptsPerStep = -1,
            CompletionsPerPrompt = 1,
            Sampling = new SamplingOptions { Temperature = double.NaN, MaxNewTokens = 0 },
            KlCoefficient = -0.5,
            EmaRate = 0,
            BaselineDecay = 1,
            LearningRate = double.PositiveInfinity,
            WarmupSteps = -2,
            AdamBeta1 = 1,
            AdamBeta2 = -0.1,
            AdamEpsilon = 0,
            MaxGradientNorm = 0,
            MicroBatchTokens = 0,
            EvaluationInterval = 0,
            KlCeiling = double.NaN,
            TorchThreads = 0,
        }.Validate());
        string[] expected =
        [
            "Steps is 0; it must be at least 1",
            "PromptsPerStep is -1; it must be at least 1",
            "CompletionsPerPrompt is 1 while Baseline is LeaveOneOut, which compares completions of one prompt; set it to at least 2, or choose another baseline",
            "Sampling.Temperature is NaN; it must be finite and at least 0 (0 is greedy)",
            "Sampling.MaxNewTokens is 0; it must be at least 1",
            "KlCoefficient (β) is -0.5; it must be finite and at least 0",
            "EmaRate (μ) is 0; it must be in (0, 1]",
            "BaselineDecay is 1; it must be in [0, 1)",
            "LearningRate is Infinity; it must be finite and above 0",
            "WarmupSteps is -2; it must be at least 0",
            "AdamBeta1 is 1; it must be in [0, 1)",
            "AdamBeta2 is -0.1; it must be in [0, 1)",
            "AdamEpsilon is 0; it must be finite and above 0",
            "MaxGradientNorm is 0; it must be finite and above 0, or null for no clipping",
            "MicroBatchTokens is 0; it must be at least 1",
            "EvaluationInterval is 0; it must be at least 1",
            "KlCeiling is NaN; it must be above 0, or null for none",
            "TorchThreads is 0; it must be at least 1",
        ];
        Assert.Equal(expected, error.Problems);
        Assert.StartsWith("ReinforceOptions: Steps is 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Greedy_decoding_is_refused_while_training() =>
        Assert.Contains("training samples", Assert.Throws<OptionsException>(() =>
            new ReinforceOptions { Sampling = new SamplingOptions { Temperature = 0 } }.Validate()).Message, StringComparison.Ordinal);

    [Fact]
    public void Other_baselines_accept_one_completion_per_prompt() =>
        new ReinforceOptions { CompletionsPerPrompt = 1, Baseline = Baseline.BatchMean }.Validate();
}
