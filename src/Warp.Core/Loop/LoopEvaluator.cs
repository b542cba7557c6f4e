namespace Warp;

/// <summary>Evaluates weights, with a policy of its own to put them into.</summary>
internal sealed class LoopEvaluator : IDisposable
{
    private readonly IPolicy _acting;
    private readonly IPolicy _reference;
    private readonly PolicyEvaluator _evaluator;

    internal LoopEvaluator(PartCatalog catalog, WarpOptions options, ParameterSet sft)
    {
        var parts = options.Parts;
        Func<IPolicy> create = () => catalog.CreatePolicy(parts.Policy);
        _reference = PolicyFactory.At(create, sft);
        try
        {
            _acting = PolicyFactory.At(create, sft);
            if (TiedTensors.SharedTrainable(_acting.Weights, _reference.Weights) is { } shared)
                throw new InvalidOperationException(SharedWeights.Message("A second policy of the catalog's factory", shared));
            _evaluator = catalog.CreateEvaluator(_reference, parts, options.Reinforce.Sampling, options.Evaluation);
        }
        catch
        {
            _acting?.Dispose();
            _reference.Dispose();
            throw;
        }
    }

    /// <summary>θ_sft as training and averaging take it: the policy's layout, at full precision.</summary>
    internal ParameterSet StartAt(ParameterSet sft) => _acting.Weights.AtFullPrecision(sft);

    internal Task<PolicyEvaluation> EvaluateAsync(ParameterSet weights, CancellationToken cancellationToken)
    {
        _acting.Weights.CopyFrom(weights);
        return _evaluator.EvaluateAsync(_acting, cancellationToken);
    }

    public void Dispose()
    {
        _acting.Dispose();
        _reference.Dispose();
    }
}
