using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Snippets;

/// <summary>An anchor that stays for so many steps and then jumps to the policy.</summary>
internal sealed class SteppingAnchor(IPolicy reference, int interval) : IResumableAnchor
{
    private int _steps;

    public ParameterSet Weights => reference.Weights;

    public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var noGradient = no_grad();
        return reference.LogProbabilities(rollouts, temperature);
    }

    public void Update(ParameterSet policy)
    {
        if (++_steps % interval == 0)
            reference.Weights.CopyFrom(policy);
    }

    // With a checkpoint; an anchor that is no IResumableAnchor must not move.
    public AnchorState Save() => new(reference.Weights, _steps.ToString(CultureInfo.InvariantCulture));

    public void Restore(AnchorState state)
    {
        reference.Weights.CopyFrom(state.Weights!);
        _steps = int.Parse(state.Data!, CultureInfo.InvariantCulture);
    }

    public void Dispose() => reference.Dispose();
}

/// <summary>θ_init + scale · Σ (θᵐ − θ_init): task arithmetic (Ilharco et al., arXiv 2212.04089).</summary>
internal sealed class TaskArithmetic(double scale) : IMerger
{
    public MergeResult Merge(ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken = default)
    {
        using var noGradient = no_grad();
        using var factor = scale.ToScalar();
        var merged = init.Clone();
        foreach (var weight in merged.Trainable)
        {
            using var scope = NewDisposeScope();
            foreach (var policy in policies)
                weight.Tensor.add_(policy[weight.Name].Tensor.sub(init[weight.Name].Tensor), factor);
        }

        return MergeResult.Create(merged, new MergeReport("task-arithmetic", Granularity.Model, policies.Count, []));
    }
}

internal static class OwnParts
{
    public static WarpLoop Loop(PartCatalog catalog, WarpOptions options)
    {
        #region parts
        catalog.AddAnchor(context => new SteppingAnchor(context.PolicyAt(context.Start), interval: 100), "stepping");
        var loop = new WarpLoop(catalog, options with { Parts = options.Parts with { Anchor = "stepping" } })
        {
            Merger = new TaskArithmetic(scale: 0.5),
        };
        #endregion
        return loop;
    }
}
