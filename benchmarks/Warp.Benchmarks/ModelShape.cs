using static TorchSharp.torch;

namespace Warp.Benchmarks;

/// <summary>What is merged.</summary>
public enum ModelShape
{
    /// <summary>64 M float32 in one tensor.</summary>
    Vector,

    /// <summary>64 M bfloat16 in one tensor.</summary>
    VectorBFloat16,

    /// <summary>The float32 tensors of a Llama-like model: 16 blocks of width 2048, feed-forward 5632, 4 key-value heads of 64, vocabulary 32000, tied head.</summary>
    Llama,
}

internal static class ModelShapes
{
    private const long Width = 2048;
    private const long FeedForward = 5632;
    private const long KeyValue = 256;
    private const long Vocabulary = 32000;
    private const int Blocks = 16;
    private const long VectorLength = 1L << 26;

    internal static ScalarType Type(this ModelShape shape) => shape == ModelShape.VectorBFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    internal static IEnumerable<long[]> Tensors(this ModelShape shape)
    {
        if (shape != ModelShape.Llama)
            return [[VectorLength]];
        long[][] block =
        [
            [Width], [Width, Width], [KeyValue, Width], [KeyValue, Width], [Width, Width],
            [Width], [FeedForward, Width], [FeedForward, Width], [Width, FeedForward],
        ];
        return [[Vocabulary, Width], .. Enumerable.Repeat(block, Blocks).SelectMany(b => b), [Width]];
    }

    internal static long Count(this ModelShape shape) => shape.Tensors().Sum(t => t.Aggregate(1L, (a, b) => a * b));
}
