using Warp.Transformers;

namespace Warp.Samples;

/// <summary>What the loop does not do by itself: the LERP of the same runs, and the front of an iteration that is not the last.</summary>
internal sealed class Comparison : IDisposable
{
    private readonly CausalLmPolicy _reference;
    private readonly CausalLmPolicy _acting;
    private readonly PolicyEvaluator _evaluator;
    private readonly WarpOptions _settings;
    private readonly ParameterSet _sft;

    public Comparison(ExperimentPlan plan)
    {
        var settings = plan.Settings;
        _settings = settings;
        _sft = plan.Sft.Weights;
        _reference = plan.Sft.Clone();
        _acting = plan.Sft.Clone();
        _evaluator = plan.Catalog.CreateEvaluator(_reference, settings.Parts, settings.Reinforce.Sampling, settings.Evaluation);
    }

    public async Task<PolicyEvaluation> LerpAsync(WarpIteration iteration, CancellationToken cancellationToken)
    {
        using var lerp = new LerpMerger().Merge(iteration.Init, iteration.Policies, cancellationToken);
        return await EvaluateAsync(lerp.Weights, cancellationToken).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<FrontPoint>> FrontAsync(WarpIteration iteration, CancellationToken cancellationToken)
    {
        var points = new List<FrontPoint>();
        foreach (var (eta, weights) in new LitiInterpolator().Sweep(_sft, iteration.Merged, _settings.FrontEtas, cancellationToken))
        {
            using (weights)
                points.Add(new FrontPoint(eta, await EvaluateAsync(weights, cancellationToken).ConfigureAwait(false)));
        }

        return points;
    }

    public void Dispose()
    {
        _reference.Dispose();
        _acting.Dispose();
    }

    private Task<PolicyEvaluation> EvaluateAsync(ParameterSet weights, CancellationToken cancellationToken)
    {
        _acting.Weights.CopyFrom(weights);
        return _evaluator.EvaluateAsync(_acting, cancellationToken);
    }
}
