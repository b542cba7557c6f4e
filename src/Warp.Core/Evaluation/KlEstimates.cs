using TorchSharp;
using static TorchSharp.torch;

namespace Warp;

/// <summary>Estimates of KL(π_θ ‖ π_ref) per sequence, in nats, from completions sampled from π_θ.</summary>
internal static class KlEstimates
{
    // Numbers of one distribution tensor held at a time: 64 MB in float32, a few times that in all.
    private const long DistributionBudget = 1 << 24;
    private const int FirstTokens = 256;

    /// <summary>Σₜ (log π_θ(yₜ) − log π_ref(yₜ)): unbiased; may be negative for one sequence.</summary>
    internal static double[] Sampled(IPolicy policy, IPolicy reference, IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Of(policy).to(ScalarType.Float64).sub(Of(reference)).sum(1).cpu().data<double>().ToArray();

        Tensor Of(IPolicy scored) => PolicyOutput.LogProbabilities(scored, scored.LogProbabilities(rollouts, temperature), rollouts);
    }

    /// <summary>Σₜ KL(π_θ(·|prefix) ‖ π_ref(·|prefix)) over the whole vocabulary at each sampled prefix: unbiased and never negative.</summary>
    internal static double[] Exact(IDistributionPolicy policy, IDistributionPolicy reference, IReadOnlyList<Rollout> rollouts, double temperature)
    {
        using var noGradient = no_grad();
        var result = new List<double>(rollouts.Count);
        var tokens = (long)FirstTokens;
        while (result.Count < rollouts.Count)
        {
            var sum = 0L;
            var chunk = rollouts.Skip(result.Count).TakeWhile((r, i) => (sum += r.Completion.TokenIds.Count) <= tokens || i == 0).ToArray();
            result.AddRange(ExactChunk(policy, reference, chunk, temperature, out var vocabulary));
            tokens = Math.Max(1, DistributionBudget / vocabulary);
        }

        return [.. result];
    }

    private static double[] ExactChunk(
        IDistributionPolicy policy, IDistributionPolicy reference, Rollout[] rollouts, double temperature, out long vocabulary)
    {
        using var scope = NewDisposeScope();
        var log = Of(policy);
        vocabulary = Math.Max(1, log.shape[1]);
        var p = log.exp();
        var terms = p.mul(log.sub(Of(reference)));
        // 0 · log 0 = 0: a token that the policy never picks adds nothing.
        using var zero = 0.ToScalar();
        var perToken = terms.where(p.gt(zero), zeros_like(terms)).sum(1, type: ScalarType.Float64).cpu().data<double>().ToArray();
        var at = 0;
        return [.. rollouts.Select(r =>
        {
            var length = r.Completion.TokenIds.Count;
            at += length;
            return perToken.AsSpan(at - length, length).ToArray().Sum();
        })];

        Tensor Of(IDistributionPolicy scored) => PolicyOutput.LogDistributions(scored, scored.LogDistributions(rollouts, temperature), rollouts);
    }
}
