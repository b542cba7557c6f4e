namespace Warp;

/// <summary>What an anchor of a run can be made of.</summary>
public sealed class AnchorContext
{
    private readonly Func<IPolicy> _createPolicy;

    internal AnchorContext(Func<IPolicy> createPolicy, ParameterSet start, ParameterSet sft, ReinforceOptions options)
    {
        _createPolicy = createPolicy;
        Start = start;
        Sft = sft;
        Options = options;
    }

    /// <summary>θ_init: where the run starts. Lent for the call.</summary>
    public ParameterSet Start { get; }

    /// <summary>θ_sft. Lent for the call.</summary>
    public ParameterSet Sft { get; }

    /// <summary>The run's settings.</summary>
    public ReinforceOptions Options { get; }

    /// <summary>A new policy with the given weights, for the anchor to own.</summary>
    /// <param name="weights">Weights of the policy's layout; copied.</param>
    public IPolicy PolicyAt(ParameterSet weights) => PolicyFactory.At(_createPolicy, weights);
}
