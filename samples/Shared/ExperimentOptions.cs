using System.Globalization;

namespace Warp.Samples;

/// <summary>What can be set from the command line of every sample that trains.</summary>
public abstract record ExperimentOptions
{
    internal const string OutName = "--out";
    internal const string CheckpointName = "--checkpoint";
    internal const string SeedName = "--seed";
    internal const string IterationsName = "--iterations";
    internal const string RunsName = "--runs";
    internal const string StepsName = "--steps";
    internal const string EtaName = "--eta";
    internal const string MuName = "--mu";
    internal const string BetaName = "--beta";

    internal const string SeedRange = "a whole number of at least 0";
    internal const string CountRange = "a whole number of at least 1";
    internal const string EtaRange = "a number from 0 to 1, such as 0.5";
    internal const string MuRange = "a number above 0 and at most 1, such as 0.02";
    internal const string BetaRange = "a number of at least 0, such as 0.2";

    /// <summary>The folder of the results.</summary>
    public string Out { get; init; } = "artifacts";

    /// <summary>The folder from which a run that was cut off goes on; null for none.</summary>
    public string? Checkpoint { get; init; }

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

    /// <summary>η of the points of the fronts.</summary>
    public IReadOnlyList<double> FrontEtas { get; init; } = new WarpOptions().FrontEtas;

    /// <summary>What results depend on: everything but the folders.</summary>
    internal ExperimentOptions WithoutFolders() => this with { Out = "", Checkpoint = null };

    /// <summary>What is wrong with the options of the command line, a sentence each; names are the command line's.</summary>
    internal virtual IEnumerable<string> Problems()
    {
        if (Iterations < 1)
            yield return Problem(IterationsName, Text(Iterations), CountRange);
        if (Runs < 1)
            yield return Problem(RunsName, Text(Runs), CountRange);
        if (Steps < 1)
            yield return Problem(StepsName, Text(Steps), CountRange);
        if (!(Eta is >= 0 and <= 1))
            yield return Problem(EtaName, Text(Eta), EtaRange);
        if (!(Mu is > 0 and <= 1))
            yield return Problem(MuName, Text(Mu), MuRange);
        if (!double.IsFinite(Beta) || Beta < 0)
            yield return Problem(BetaName, Text(Beta), BetaRange);
    }

    /// <summary>The settings of WARP and, with another anchor and β, of the baselines.</summary>
    /// <param name="completionTokens">The most tokens of a completion.</param>
    /// <param name="judge">The name of the reward that training never sees.</param>
    private protected WarpOptions ToWarp(int completionTokens, string judge) => new()
    {
        Iterations = Iterations,
        Runs = Runs,
        Steps = [Steps],
        Eta = Eta,
        FrontEtas = FrontEtas,
        Seed = Seed,
        Reinforce = new ReinforceOptions
        {
            Steps = Steps,
            PromptsPerStep = 8,
            CompletionsPerPrompt = 4,
            Sampling = new SamplingOptions { Temperature = 0.9, MaxNewTokens = completionTokens },
            KlCoefficient = Beta,
            EmaRate = Mu,
            LearningRate = 5e-4,
            WarmupSteps = 10,
            EvaluationInterval = Math.Max(1, Steps / 4),
        },
        Parts = new RunParts { OtherRewards = [judge] },
        Evaluation = new EvaluationOptions { Seed = Seed, BatchSize = 128, KeepRollouts = true },
    };

    internal static string Problem(string name, string value, string range) => $"{name} is {value}; it must be {range}.";

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
