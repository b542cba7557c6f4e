namespace Warp;

/// <summary>
/// Spherical interpolation of task vectors, group by group (WARP stage 2; paper §3.2, eq. 4, and eq. 26 for more than two policies).
/// </summary>
/// <remarks>
/// For M = 2: θ_init + sin((1−λ)Ω)/sin Ω · δ¹ + sin(λΩ)/sin Ω · δ². For more, slerpm(θ¹ … θᵐ) = slerp(slerpm(θ¹ … θᵐ⁻¹), θᵐ, 1/m), Ω measured
/// anew at each step about θ_init; the order of the policies is part of the result. When a task vector is zero, or sin Ω &lt; 1e-6, the
/// weights of that group are (1−λ, λ); opposite vectors are reported in <see cref="MergeReport.Warnings"/>.
/// </remarks>
public sealed class SlerpMerger : IMerger, IMergeSettings
{
    private readonly MergeOptions _options;

    /// <summary>Creates the merger.</summary>
    /// <param name="options">Granularity, λ, output type; null for the defaults.</param>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    public SlerpMerger(MergeOptions? options = null)
    {
        _options = options ?? new MergeOptions();
        _options.Validate();
    }

    MergeOptions IMergeSettings.Options => _options;

    /// <inheritdoc/>
    public MergeResult Merge(ParameterSet init, IReadOnlyList<ParameterSet> policies, CancellationToken cancellationToken = default) =>
        GroupMerge.Run("slerp", _options, SlerpArithmetic.Weights, init, policies, cancellationToken);
}
