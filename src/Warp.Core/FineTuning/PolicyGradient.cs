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
    private readonly Tensor? _graph;

    internal PolicyGradient(IPolicy policy, IReadOnlyList<Rollout> rollouts, ReinforceOptions options)
    {
        (_policy, _rollouts, _options) = (policy, rollouts, options);
        if (rollouts.Count <= options.MicroBatchSize)
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
        return [.. rollouts.Chunk(options.MicroBatchSize).SelectMany(batch =>
        {
            using var scope = NewDisposeScope();
            return SumRows(PolicyOutput.LogProbabilities(owner, score(batch, options.Sampling.Temperature), batch));
        })];
    }

    /// <summary>Adds the gradient of −Σ weightᵢ · log π_θ(yᵢ|xᵢ) to the policy's weights.</summary>
    internal void Backward(double[] weights)
    {
        var at = 0;
        foreach (var batch in _rollouts.Chunk(_options.MicroBatchSize))
        {
            using var scope = NewDisposeScope();
            var tokens = _graph ?? Scored(batch);
            var rows = tensor([.. weights.Skip(at).Take(batch.Length).Select(w => (float)-w)], device: tokens.device);
            tokens.sum(1).mul(rows).sum().backward();
            at += batch.Length;
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
