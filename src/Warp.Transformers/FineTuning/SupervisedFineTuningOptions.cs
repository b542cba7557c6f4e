namespace Warp.Transformers;

/// <summary>How a policy is taught by examples (θ_sft in the paper).</summary>
public sealed record SupervisedFineTuningOptions : ExampleTrainingOptions
{
    /// <summary>Whether the tokens of the prompt are learnt too, all but its first. Default false: only the completion.</summary>
    public bool LearnPrompts { get; init; }
}
