using static TorchSharp.torch;

namespace Warp;

/// <summary>Linear interpolation towards initialization: (1−η) θ_start + η θ_target (WARP stage 3; paper §3.3, eq. 5).</summary>
public sealed class LitiInterpolator
{
    /// <summary>
    /// Whether η above 1 is allowed: extrapolation beyond the target (paper, Fig. 10b goes to 2). Default false, because such an η is
    /// more often a slip.
    /// </summary>
    public bool AllowExtrapolation { get; init; }

    /// <summary>Interpolates once.</summary>
    /// <param name="start">θ_init of the iteration, or θ_sft for the output front. Not changed.</param>
    /// <param name="target">The merged weights. Not changed.</param>
    /// <param name="eta">η in [0, 1], or above 1 with <see cref="AllowExtrapolation"/>: 0 gives the start and 1 the target, bit for bit.</param>
    /// <param name="cancellationToken">Ends the work; what was made is freed.</param>
    /// <returns>New weights with the types of <paramref name="start"/>, rounded once, from float64; the caller disposes them.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="eta"/> is not a number, negative, infinite, or above 1 without leave.</exception>
    /// <exception cref="ParameterMismatchException">Names, shapes, types, ties or frozen values differ.</exception>
    /// <exception cref="NonFiniteWeightsException">With an η above 1 a weight would be infinite, although both ends are finite.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public ParameterSet Interpolate(ParameterSet start, ParameterSet target, double eta, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(target);
        Check(eta);
        if (ParameterLayout.AveragingDifferences(start, target, "the start", "the target") is { Count: > 0 } differences)
            throw new ParameterMismatchException(differences, start.Count);

        return start.Map(entry =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!entry.IsTrainable)
                return WeightMath.DetachedCopy(entry.Tensor);
            (double, Tensor)[] terms = [(1 - eta, entry.Tensor), (eta, target[entry.Name].Tensor)];
            var point = WeightMath.Combine(terms, entry.Tensor.dtype, entry.Tensor.device, cancellationToken);
            return WeightMath.InRange(point, entry.Name, terms, extrapolated: eta > 1, cancellationToken);
        });
    }

    /// <summary>Interpolates at many η, one after the other; the caller disposes each result.</summary>
    /// <param name="start">As in <see cref="Interpolate"/>.</param>
    /// <param name="target">As in <see cref="Interpolate"/>.</param>
    /// <param name="etas">All are checked before the first is computed.</param>
    /// <param name="cancellationToken">Ends the work between tensors.</param>
    /// <returns>Each η with its weights, computed when it is asked for.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An η is out of range.</exception>
    public IEnumerable<(double Eta, ParameterSet Weights)> Sweep(
        ParameterSet start, ParameterSet target, IEnumerable<double> etas, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(etas);
        var checkedEtas = etas.ToArray();
        Array.ForEach(checkedEtas, Check);
        return checkedEtas.Select(eta => (eta, Interpolate(start, target, eta, cancellationToken)));
    }

    internal void Check(double eta)
    {
        if (double.IsFinite(eta) && eta >= 0 && (eta <= 1 || AllowExtrapolation))
            return;
        throw new ArgumentOutOfRangeException(nameof(eta), eta, AllowExtrapolation
            ? "η must be a finite number of at least 0."
            : $"η must be in [0, 1]; set {nameof(AllowExtrapolation)} to go beyond 1.");
    }
}
