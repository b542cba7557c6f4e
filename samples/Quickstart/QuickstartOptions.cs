namespace Warp.Quickstart;

/// <summary>What can be set from the command line, and the fixed rest of the experiment.</summary>
public sealed record QuickstartOptions
{
    public const string DefaultOut = "artifacts/quickstart";

    /// <summary>The folder of the results.</summary>
    public string Out { get; init; } = DefaultOut;

    /// <summary>The seed of everything.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>I: iterations of WARP.</summary>
    public int Iterations { get; init; } = 2;

    /// <summary>M: runs per iteration.</summary>
    public int Runs { get; init; } = 2;

    /// <summary>T: steps per run.</summary>
    public int Steps { get; init; } = 80;

    /// <summary>η: the share of the merge in the next start.</summary>
    public double Eta { get; init; } = 0.5;

    /// <summary>μ: the rate of the EMA anchor.</summary>
    public double Mu { get; init; } = 0.02;

    /// <summary>β: the weight of the KL penalty.</summary>
    public double Beta { get; init; } = 0.2;

    /// <summary>The settings of WARP and, with another anchor and β, of the baselines.</summary>
    public WarpOptions ToWarp() => new()
    {
        Iterations = Iterations,
        Runs = Runs,
        Steps = [Steps],
        Eta = Eta,
        Seed = Seed,
        Reinforce = new ReinforceOptions
        {
            Steps = Steps,
            PromptsPerStep = 8,
            CompletionsPerPrompt = 4,
            Sampling = new SamplingOptions { Temperature = 0.9, MaxNewTokens = ReviewGrammar.MaxCompletionTokens },
            KlCoefficient = Beta,
            EmaRate = Mu,
            LearningRate = 5e-4,
            WarmupSteps = 10,
            EvaluationInterval = Math.Max(1, Steps / 4),
        },
        Parts = new RunParts { OtherRewards = [Names.Gold] },
        Evaluation = new EvaluationOptions { Seed = Seed, BatchSize = 128, KeepRollouts = true },
    };
}
