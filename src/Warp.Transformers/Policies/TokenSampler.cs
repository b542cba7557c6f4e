using TorchSharp;
using static TorchSharp.torch;

namespace Warp.Transformers;

/// <summary>Chooses the next token of every row.</summary>
internal static class TokenSampler
{
    // Below it no two logits of float32 are near enough for both to have a chance, and further down the quotient would be infinite.
    private const double LeastTemperature = 1e-200;

    /// <summary>The most probable token: greedy decoding, temperature 0.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <exception cref="InvalidOperationException">A row has a NaN.</exception>
    internal static int[] Greedy(Tensor logits)
    {
        var (values, indices) = logits.max(-1);
        if (values.isnan().any().item<bool>())
            throw NotANumber();
        return Read(indices.to(ScalarType.Int32));
    }

    /// <summary>One draw per row from softmax(logits / temperature), by the inverse of the distribution function in float64.</summary>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="temperature">Finite and above 0.</param>
    /// <param name="uniforms">One number in [0, 1) per row.</param>
    /// <exception cref="InvalidOperationException">A row has a NaN.</exception>
    internal static int[] Sample(Tensor logits, double temperature, double[] uniforms)
    {
        using var divisor = Math.Max(temperature, LeastTemperature).ToScalar();
        var cumulative = logits.to(ScalarType.Float64).div_(divisor).softmax(-1).cumsum(-1);
        // The total is 1 up to rounding. For u below 1, u · total is below it even after rounding, and the first token whose cumulative
        // probability is strictly above has a probability above 0.
        var vocabulary = cumulative.shape[^1];
        var total = cumulative.narrow(-1, vocabulary - 1, 1);
        var points = tensor(uniforms, [uniforms.Length, 1], ScalarType.Float64, logits.device).mul_(total);
        var chosen = Read(searchsorted(cumulative, points, out_int32: true, right: true));
        return Array.TrueForAll(chosen, id => id < vocabulary) ? chosen : throw NotANumber();
    }

    private static int[] Read(Tensor ids) => ids.cpu().data<int>().ToArray();

    private static InvalidOperationException NotANumber() => new(
        "The model's logits are not numbers (NaN): its weights have diverged or were not loaded. Lower the learning rate, or check the checkpoint.");
}
