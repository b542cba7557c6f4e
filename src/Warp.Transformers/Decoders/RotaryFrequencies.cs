using TorchSharp;
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
        using var entries = ((double)size).ToScalar();
        using var theta = config.RopeTheta.ToScalar();
        var exponents = HeldScalars.Range(0, size, type, CPU, step: 2).div_(entries);
        var plain = full([size / 2], theta, type, CPU).pow(exponents).reciprocal_();
        return config.RopeScaling switch
        {
            null => plain,
            LinearRopeScaling linear => Divided(plain, linear.Factor),
            Llama3RopeScaling llama3 => Stretched(plain, llama3),
            var other => throw new ArgumentException($"The rotary scaling {other.GetType().Name} is not known.", nameof(config)),
        };
    }

    private static Tensor Divided(Tensor frequencies, double factor)
    {
        using var divisor = factor.ToScalar();
        return frequencies.div(divisor);
    }

    private static Tensor Stretched(Tensor plain, Llama3RopeScaling scaling)
    {
        using var turn = (2 * Math.PI).ToScalar();
        using var original = ((double)scaling.OriginalMaxPositions).ToScalar();
        using var low = scaling.LowFrequencyFactor.ToScalar();
        using var span = (scaling.HighFrequencyFactor - scaling.LowFrequencyFactor).ToScalar();
        using var longest = (scaling.OriginalMaxPositions / scaling.LowFrequencyFactor).ToScalar();
        using var shortest = (scaling.OriginalMaxPositions / scaling.HighFrequencyFactor).ToScalar();

        var wavelengths = plain.reciprocal().mul(turn);
        var stretched = Divided(plain, scaling.Factor);
        // 1 where the wavelength is the longest that stays, 0 where it is the shortest that is fully stretched.
        var share = wavelengths.reciprocal().mul(original).sub(low).div(span);
        var rest = share.neg().add_(HeldScalars.One, HeldScalars.One);
        var between = rest.mul(stretched).add(share.mul(plain), HeldScalars.One);
        return where(wavelengths.gt(longest), stretched, where(wavelengths.lt(shortest), plain, between));
    }
}
