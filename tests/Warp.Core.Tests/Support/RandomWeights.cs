using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Tensors for the kernels' tests.</summary>
internal static class RandomWeights
{
    public static readonly ScalarType[] AllTypes = [ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16];

    public static readonly Gen<ScalarType> Types = Gen.OneOf(AllTypes);

    /// <summary>Sizes about the edges of vectors, blocks and ranges, and some between.</summary>
    public static readonly Gen<int> Counts = Gen.OneOf(
        Gen.OneOf(0, 1, 7, 8, 9),
        Gen.Int[GramAccumulator.BlockSize - 9, GramAccumulator.BlockSize + 9],
        Gen.Int[BlockParallel.RangeSize - 9, BlockParallel.RangeSize + 9],
        Gen.Int[0, 40_000],
        Gen.Int[BlockParallel.RangeSize, 3 * BlockParallel.RangeSize]);

    public static Gen<T> Among<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(k => values[k]);

    /// <summary>Numbers of size 1 that depend on the seed alone.</summary>
    public static Tensor Make(ScalarType type, ulong seed, int count)
    {
        var random = new RandomStream(seed);
        var values = new double[count];
        for (var k = 0; k < count; k++)
            values[k] = 2 * random.NextDouble() - 1;
        return tensor(values, ScalarType.Float64).to(type);
    }

    public static Tensor[] Several(ScalarType type, ulong seed, int number, int count) =>
        [.. Enumerable.Range(0, number).Select(k => Make(type, 100 * seed + (ulong)k, count))];
}
