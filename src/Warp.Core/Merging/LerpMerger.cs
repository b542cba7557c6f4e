namespace Warp;

/// <summary>Linear interpolation: (1−λ)θ¹ + λθ², or the mean of M policies. The paper's baseline for SLERP (§3.2, Lemma 2).</summary>
public sealed class LerpMerger : IMerger, IMergeSettings
{
    private readonly MergeOptions _options;

    /// <summary>Creates the merger.</summary>
    /// <param name="options">λ and output type; the granularity decides only what is reported. Null for the defaults.</param>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    public LerpMerger(MergeOptions? options = null)
    {
        _options = options ?? new MergeOptions();
        _options.Validate();
    }

    MergeOptions IMergeSettings.Options => _options;

    /// <inheritdoc/>
    public MergeResult Merge(ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken = default) =>
        GroupMerge.Run("lerp", _options, GroupMerge.Linear, init, policies, cancellationToken);
}
