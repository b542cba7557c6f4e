using static TorchSharp.torch;

namespace Warp;

/// <summary>How task vectors are merged.</summary>
public sealed record MergeOptions
{
    /// <summary>Which tensors share an angle. Default <see cref="Granularity.Layer"/>, as in the paper.</summary>
    public Granularity Granularity { get; init; } = Granularity.Layer;

    /// <summary>
    /// λ in the paper, the share of the second policy when two are merged, in [0, 1]: 0 gives the first, 1 the second. Null, the
    /// default, is 1/M: the recursion of eq. 26 for any number of policies. A value is allowed for exactly two.
    /// </summary>
    public double? Lambda { get; init; }

    /// <summary>
    /// The group of a tensor, by its name, when <see cref="Granularity"/> is <see cref="Granularity.Layer"/> (moot otherwise). Default
    /// <see cref="LayerGrouping.LayerOf"/>.
    /// </summary>
    public Func<string, string>? GroupOf { get; init; }

    /// <summary>The type of the merged trainable tensors, rounded to once, from float64; a weight that does not fit is an error. Default: each keeps the type that it has in θ_init.</summary>
    public ScalarType? OutputType { get; init; }

    /// <summary>Checks the settings.</summary>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    public void Validate() => OptionProblems.ThrowIfAny(Problems(policies: null), nameof(MergeOptions));

    internal IEnumerable<string> Problems(int? policies)
    {
        if (Lambda is { } lambda && !(lambda is >= 0 and <= 1))
            yield return $"{nameof(Lambda)} is {lambda}; it must be in [0, 1] (null, the default, is 1/M)";
        else if (Lambda is not null && policies is not (null or 2))
            yield return $"{nameof(Lambda)} is {Lambda}, but there are {policies} policies; it may be set for exactly 2 (leave it null for 1/M)";
        if (!Enum.IsDefined(Granularity))
            yield return $"{nameof(Granularity)} is {Granularity}; it may be Layer, Tensor or Model";
        if (OutputType is { } type && type is not (ScalarType.Float64 or ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float16))
            yield return $"{nameof(OutputType)} is {type}; it may be Float64, Float32, BFloat16, Float16 or null (as in θ_init)";
    }
}
