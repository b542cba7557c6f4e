namespace Warp.Transformers;

/// <summary>How rotary wavelengths are stretched for contexts longer than those of the pretraining (<c>rope_scaling</c>).</summary>
public abstract record RopeScaling
{
    private protected RopeScaling()
    {
    }

    /// <summary>What all or the long wavelengths are multiplied by (<c>factor</c>), finite and above 0.</summary>
    public required double Factor { get; init; }

    internal virtual IEnumerable<string> Problems()
    {
        if (!double.IsFinite(Factor) || Factor <= 0)
            yield return $"{nameof(Factor)} is {Factor}; it must be finite and above 0";
    }
}

/// <summary>All wavelengths are stretched alike: positions are divided by the factor (<c>linear</c>). Chen et al.: arXiv 2306.15595.</summary>
public sealed record LinearRopeScaling : RopeScaling;

/// <summary>
/// Long wavelengths are stretched, short ones stay, those between are interpolated (<c>llama3</c>). Llama Team: "The Llama 3 Herd of Models",
/// arXiv 2407.21783, with the constants of Llama 3.1.
/// </summary>
public sealed record Llama3RopeScaling : RopeScaling
{
    /// <summary>
    /// Wavelengths above <see cref="OriginalMaxPositions"/> / this are stretched fully (<c>low_freq_factor</c>), finite and above 0.
    /// </summary>
    public required double LowFrequencyFactor { get; init; }

    /// <summary>
    /// Wavelengths below <see cref="OriginalMaxPositions"/> / this stay (<c>high_freq_factor</c>), finite and above <see cref="LowFrequencyFactor"/>.
    /// </summary>
    public required double HighFrequencyFactor { get; init; }

    /// <summary>The context of the pretraining in tokens (<c>original_max_position_embeddings</c>), at least 1.</summary>
    public required int OriginalMaxPositions { get; init; }

    internal override IEnumerable<string> Problems()
    {
        foreach (var problem in base.Problems())
            yield return problem;
        if (!double.IsFinite(LowFrequencyFactor) || LowFrequencyFactor <= 0)
            yield return $"{nameof(LowFrequencyFactor)} is {LowFrequencyFactor}; it must be finite and above 0";
        if (!double.IsFinite(HighFrequencyFactor) || HighFrequencyFactor <= LowFrequencyFactor)
            yield return $"{nameof(HighFrequencyFactor)} is {HighFrequencyFactor}; it must be finite and above {nameof(LowFrequencyFactor)}, {LowFrequencyFactor}";
        if (OriginalMaxPositions < 1)
            yield return $"{nameof(OriginalMaxPositions)} is {OriginalMaxPositions}; it must be at least 1";
    }
}
