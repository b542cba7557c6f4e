using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>The radians by which each pair of a head turns from one position to the next.</summary>
internal static class RotaryFrequencies
{
    /// <param name="config">The model.</param>
    /// <param name="type">Float32, as the reference implementation computes them, or float64.</param>
    /// <returns>[pairs], on the CPU so that they are the same for every device.</returns>
    internal static Tensor Of(DecoderConfig config, ScalarType type)
    {
        var size = config.RotarySize;
        var exponents = arange(0, size, 2, type, CPU).div_((double)size);
        var plain = full([size / 2], config.RopeTheta, type, CPU).pow(exponents).reciprocal_();
        return config.RopeScaling switch
        {
            null => plain,
            LinearRopeScaling linear => plain.div(linear.Factor),
            Llama3RopeScaling llama3 => Stretched(plain, llama3),
            var other => throw new ArgumentException($"The rotary scaling {other.GetType().Name} is not known.", nameof(config)),
        };
    }

    private static Tensor Stretched(Tensor plain, Llama3RopeScaling scaling)
    {
        double original = scaling.OriginalMaxPositions;
        var wavelengths = plain.reciprocal().mul(2 * Math.PI);
        var stretched = plain.div(scaling.Factor);
        // 1 where the wavelength is the longest that stays, 0 where it is the shortest that is fully stretched.
        var share = wavelengths.reciprocal().mul(original)
            .sub(scaling.LowFrequencyFactor)
            .div(scaling.HighFrequencyFactor - scaling.LowFrequencyFactor);
        var between = (1 - share).mul(stretched).add(share.mul(plain));
        return where(
            wavelengths.gt(original / scaling.LowFrequencyFactor),
            stretched,
            where(wavelengths.lt(original / scaling.HighFrequencyFactor), plain, between));
    }
}
