using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A policy that has weights and nothing else: its log-probabilities are its first weight, once per generated token.</summary>
internal sealed class TinyPolicy(ParameterSet weights) : IPolicy
{
    public ParameterSet Weights { get; } = weights;

    public bool IsDisposed { get; private set; }

    public double LastTemperature { get; private set; }

    public IReadOnlyList<Completion> Generate(
        IReadOnlyList<Prompt> prompts, SamplingOptions sampling, RandomStream random, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Tensor LogProbabilities(IReadOnlyList<Rollout> rollouts, double temperature)
    {
        LastTemperature = temperature;
        using var scope = NewDisposeScope();
        var first = Weights[0].Tensor.view(-1)[0].to(ScalarType.Float32);
        return first.expand(rollouts.Count, rollouts.Max(r => r.Completion.TokenIds.Count)).mul(1).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        IsDisposed = true;
        Weights.Dispose();
    }
}
