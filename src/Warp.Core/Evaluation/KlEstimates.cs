using static TorchSharp.torch;

namespace Warp;

/// <summary>Estimates of KL(π_θ ‖ π_ref) per sequence, in nats, from completions sampled from π_θ.</summary>
internal static class KlEstimates
{
    /// <summary>Σₜ (log π_θ(yₜ) − log π_ref(yₜ)): unbiased; may be negative for one sequence.</summary>
    internal static double[] Sampled(IPolicy policy, IPolicy reference, IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return policy.LogProbabilities(rollouts, temperature).to(ScalarType.Float64)
            .sub(reference.LogProbabilities(rollouts, temperature)).sum(1).cpu().data<double>().ToArray();
    }

    /// <summary>Σₜ KL(π_θ(·|prefix) ‖ π_ref(·|prefix)) over the whole vocabulary at each sampled prefix: unbiased and never negative.</summary>
    internal static double[] Exact(IDistributionPolicy policy, IDistributionPolicy reference, IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var log = policy.LogDistributions(rollouts, temperature).to(ScalarType.Float64);
        var p = log.exp();
        var terms = p.mul(log.sub(reference.LogDistributions(rollouts, temperature)));
        // 0 · log 0 = 0: a token that the policy never picks adds nothing.
        var perToken = terms.where(p.gt(0), zeros_like(terms)).sum(1).cpu().data<double>().ToArray();
        var at = 0;
        return [.. rollouts.Select(r =>
        {
            var length = r.Completion.TokenIds.Count;
            at += length;
            return perToken.AsSpan(at - length, length).ToArray().Sum();
        })];
    }
}
