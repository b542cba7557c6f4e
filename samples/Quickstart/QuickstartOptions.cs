using Warp.Samples;

namespace Warp.Quickstart;

/// <summary>What can be set from the command line, and the size of the rest of the experiment.</summary>
public sealed record QuickstartOptions : ExperimentOptions
{
    public const string DefaultOut = "artifacts/quickstart";

    /// <summary>Creates the options of the command line without arguments.</summary>
    public QuickstartOptions() => Out = DefaultOut;

    /// <summary>Reviews that the SFT policy learns from. Not on the command line, as all that follows.</summary>
    public int Reviews { get; init; } = 6000;

    /// <summary>Passes of SFT over the reviews.</summary>
    public int SftEpochs { get; init; } = 3;

    /// <summary>Prompts that every policy is evaluated on.</summary>
    public int HeldOutPrompts { get; init; } = 512;

    /// <summary>Preference pairs that the reward model learns from.</summary>
    public int PreferencePairs { get; init; } = 1500;

    /// <summary>Preference pairs that it is judged by. Together they take two reviews each.</summary>
    public int HeldOutPairs { get; init; } = 500;

    /// <summary>Passes over the preference pairs.</summary>
    public int RewardEpochs { get; init; } = new RewardTrainingOptions().Epochs;

    /// <summary>The settings of WARP and, with another anchor and β, of the baselines.</summary>
    public WarpOptions ToWarp() => ToWarp(ReviewGrammar.MaxCompletionTokens, GoldScorer.Name);
}
