using System.Diagnostics;

namespace Warp;

/// <summary>Stages 2 and 3 off the caller's thread.</summary>
internal sealed class WeightAveraging(IMerger merger, WarpOptions options)
{
    private readonly LitiInterpolator _liti = new() { AllowExtrapolation = options.AllowExtrapolation };

    /// <summary>
    /// Merges and interpolates the start with itself and forgets the result: a merger that does not fit the weights or the number of runs
    /// says so now, and not after an iteration of training.
    /// </summary>
    internal async Task TryAsync(ParameterSet start, CancellationToken cancellationToken)
    {
        using var merge = await MergeAsync(start, [.. Enumerable.Repeat(start, options.Runs)], cancellationToken).ConfigureAwait(false);
        using var next = await InterpolateAsync(start, merge.Weights, options.Eta, cancellationToken).ConfigureAwait(false);
    }

    internal Task<MergeResult> MergeAsync(ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken) =>
        InSpanAsync("warp.merge", [], () => merger.Merge(init, policies, cancellationToken), cancellationToken);

    internal Task<ParameterSet> InterpolateAsync(ParameterSet start, ParameterSet target, double eta, CancellationToken cancellationToken) =>
        InSpanAsync("warp.interpolate", [new("warp.eta", eta)], () => _liti.Interpolate(start, target, eta, cancellationToken), cancellationToken);

    private Task<T> InSpanAsync<T>(string name, TagList tags, Func<T> work, CancellationToken cancellationToken) =>
        Telemetry.InSpanAsync(name, tags, () => ComputeThread.RunAsync(options.Reinforce.TorchThreads, work, cancellationToken));
}
