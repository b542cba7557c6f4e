namespace Warp;

/// <summary>Stages 2 and 3 off the caller's thread.</summary>
internal sealed class WeightAveraging(IMerger merger, WarpOptions options)
{
    private readonly LitiInterpolator _liti = new() { AllowExtrapolation = options.AllowExtrapolation };

    internal Task<MergeResult> MergeAsync(ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken) =>
        ComputeThread.RunAsync(options.Reinforce.TorchThreads, () => merger.Merge(init, policies, cancellationToken), cancellationToken);

    internal Task<ParameterSet> InterpolateAsync(ParameterSet start, ParameterSet target, double eta, CancellationToken cancellationToken) =>
        ComputeThread.RunAsync(options.Reinforce.TorchThreads, () => _liti.Interpolate(start, target, eta, cancellationToken), cancellationToken);
}
