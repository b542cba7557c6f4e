using static TorchSharp.torch;

namespace Warp;

/// <summary>
/// log π_θ(y|x) of a batch and, once the weights of the completions are known, the gradient of Σ weightᵢ · log π_θ(yᵢ|xᵢ), in micro-batches.
/// </summary>
/// <remarks>
/// The weights depend on all log-probabilities of the batch (the penalty precedes the baseline). A batch that fits into one micro-batch keeps
/// its graph between the two; a larger one is scored without a graph first and forwarded again for the gradient.
/// </remarks>
internal sealed class PolicyGradient : IDisposable
{
    private readonly IPolicy _policy;
    private readonly IReadOnlyList<Rollout> _rollouts;
    private readonly ReinforceOptions _options;
    private readonly IReadOnlyList<int[]> _batches;
    private readonly Tensor? _graph;

    internal PolicyGradient(IPolicy policy, IReadOnlyList<Rollout> rollouts, ReinforceOptions options)
    {
        (_policy, _rollouts, _options) = (policy, rollouts, options);
        _batches = MicroBatches.Divide(rollouts, options.MicroBatchTokens);
        if (_batches.Count == 1)
        {
            _graph = Scored(rollouts);
            LogProbabilities = SumRows(_graph);
        }
        else
        {
            LogProbabilities = SequenceLogProbabilities(policy, rollouts, options, policy.LogProbabilities);
        }
    }

    /// <summary>log π_θ(y|x) of each completion, in nats: the sum over its tokens.</summary>
    internal double[] LogProbabilities { get; }

    /// <summary>log-probabilities per sequence without gradient, in micro-batches.</summary>
    /// <param name="owner">Whose they are, for messages.</param>
    /// <param name="rollouts">At least one.</param>
    /// <param name="options">Micro-batch and temperature.</param>
    /// <param name="score">Gives the log-probabilities of tokens.</param>
    internal static double[] SequenceLogProbabilities(
        object owner, IReadOnlyList<Rollout> rollouts, ReinforceOptions options, Func<IReadOnlyList<Rollout>, double, Tensor> score)
    {
        using var noGradient = no_grad();
        var sums = new double[rollouts.Count];
        foreach (var batch in MicroBatches.Divide(rollouts, options.MicroBatchTokens))
        {
            using var scope = NewDisposeScope();
            Rollout[] scored = [.. batch.Select(i => rollouts[i])];
            foreach (var (index, sum) in batch.Zip(SumRows(PolicyOutput.LogProbabilities(owner, score(scored, options.Sampling.Temperature), scored))))
                sums[index] = sum;
        }

        return sums;
    }

    /// <summary>Adds the gradient of −Σ weightᵢ · log π_θ(yᵢ|xᵢ) to the policy's weights.</summary>
    internal void Backward(double[] weights)
    {
        foreach (var batch in _batches)
        {
            using var scope = NewDisposeScope();
            var tokens = _graph ?? Scored([.. batch.Select(i => _rollouts[i])]);
            var rows = tensor([.. batch.Select(i => (float)-weights[i])], device: tokens.device);
            tokens.sum(1).mul(rows).sum().backward();
        }
    }

    private Tensor Scored(IReadOnlyList<Rollout> rollouts)
    {
        var tokens = PolicyOutput.LogProbabilities(_policy, _policy.LogProbabilities(rollouts, _options.Sampling.Temperature), rollouts);
        return tokens.requires_grad
            ? tokens
            : throw new InvalidOperationException(
                $"{_policy.GetType().Name}.{nameof(IPolicy.LogProbabilities)} returned a tensor without gradient; training differentiates it. Do not detach it or compute it under no_grad.");
    }

    public void Dispose() => _graph?.Dispose();

    private static double[] SumRows(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return tokens.sum(1, type: ScalarType.Float64).cpu().data<double>().ToArray();
    }
}
