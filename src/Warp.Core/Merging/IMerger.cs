namespace Warp;

/// <summary>Merges the weights of independently fine-tuned policies into one (stage 2 of WARP).</summary>
public interface IMerger
{
    /// <summary>Merges.</summary>
    /// <param name="init">θ_init, where all policies started. Not changed.</param>
    /// <param name="policies">θ¹ … θᴹ, at least one, in the order in which they are merged. Not changed.</param>
    /// <param name="cancellationToken">Ends the work between tensors; nothing is left behind.</param>
    /// <returns>The merged weights, which share no storage with an input, and what was measured. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no policy.</exception>
    /// <exception cref="OptionsException">A setting does not fit the number of policies.</exception>
    /// <exception cref="ParameterMismatchException">Names, shapes, types, ties or frozen values differ; all differences are listed.</exception>
    /// <exception cref="NonFiniteWeightsException">A weight is NaN or infinite, or would be in the type of the result.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    MergeResult Merge(ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken = default);
}
