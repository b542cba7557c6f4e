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
        _reference = PolicyFactory.At(() => catalog.CreatePolicy(parts.Policy), sft);
        _acting = catalog.CreatePolicy(parts.Policy);
        _evaluator = catalog.CreateEvaluator(_reference, parts, options.Reinforce.Sampling, options.Evaluation);
    }

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
