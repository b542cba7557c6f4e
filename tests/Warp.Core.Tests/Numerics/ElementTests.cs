using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>The 16-bit types, over all of their 65536 bit patterns, against torch's conversions and against the definition of rounding.</summary>
public sealed unsafe class ElementTests
{
    [Fact]
    public void Every_bfloat16_is_read_as_torch_reads_it() => ReadsAsTorch<BFloat16Element>(ScalarType.BFloat16);

    [Fact]
    public void Every_float16_is_read_as_torch_reads_it() => ReadsAsTorch<Float16Element>(ScalarType.Float16);

    [Fact]
    public void Every_bfloat16_is_written_back_with_its_own_bits() => KeepsItsBits<BFloat16Element>(ScalarType.BFloat16);

    [Fact]
    public void Every_float16_is_written_back_with_its_own_bits() => KeepsItsBits<Float16Element>(ScalarType.Float16);

    [Fact]
    public void Float32_on_and_beside_all_middles_is_rounded_to_bfloat16_as_torch_rounds() => RoundsAsTorch<BFloat16Element>(ScalarType.BFloat16);

    [Fact]
    public void Float32_on_and_beside_all_middles_is_rounded_to_float16_as_torch_rounds() => RoundsAsTorch<Float16Element>(ScalarType.Float16);

    [Fact]
    public void Float64_on_and_beside_all_middles_is_rounded_once_to_bfloat16() => RoundsOnce<BFloat16Element>(ScalarType.BFloat16);

    [Fact]
    public void Float64_on_and_beside_all_middles_is_rounded_once_to_float16() => RoundsOnce<Float16Element>(ScalarType.Float16);

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(double.MaxValue)]
    [InlineData(3.5e38)]
    [InlineData(65520)]
    [InlineData(65519.99)]
    [InlineData(-0.0)]
    [InlineData(double.Epsilon)]
    [InlineData(-1e-310)]
    [InlineData(1e-46)]
    [InlineData(3e-8)]
    public void Awkward_numbers(double value)
    {
        Assert.Equal(Bits(Rounding.To(ScalarType.Float32, value)), Bits(Written<Float32Element>(ScalarType.Float32, [value])[0]));
        Assert.Equal(Bits(Rounding.To(ScalarType.BFloat16, value)), Bits(Written<BFloat16Element>(ScalarType.BFloat16, [value])[0]));
        Assert.Equal(Bits(Rounding.To(ScalarType.Float16, value)), Bits(Written<Float16Element>(ScalarType.Float16, [value])[0]));
    }

    /// <summary>The bits of a number; all NaN alike.</summary>
    private static long Bits(double value) => double.IsNaN(value) ? -1 : BitConverter.DoubleToInt64Bits(value);

    private static Tensor AllPatterns(ScalarType type)
    {
        var patterns = zeros(1 << 16, type);
        var bits = (ushort*)TensorMemory.AddressOfFirst(patterns);
        for (var k = 0; k < 1 << 16; k++)
            bits[k] = (ushort)k;
        return patterns;
    }

    private static double[] Read<T>(Tensor tensor)
        where T : struct, IElement
    {
        var values = new double[tensor.numel()];
        var from = (byte*)TensorMemory.AddressOfFirst(tensor);
        for (var k = 0; k < values.Length; k += Lanes.Count)
            T.Load(from + (k * T.Size)).CopyTo(values.AsSpan(k));
        return values;
    }

    private static double[] Written<T>(ScalarType type, double[] values)
        where T : struct, IElement
    {
        using var scope = NewDisposeScope();
        var padded = new double[(values.Length + Lanes.Count - 1) / Lanes.Count * Lanes.Count];
        values.CopyTo(padded, 0);
        var target = zeros(padded.Length, type);
        var to = (byte*)TensorMemory.AddressOfFirst(target);
        for (var k = 0; k < padded.Length; k += Lanes.Count)
            T.Store(Vector512.Create<double>(padded.AsSpan(k)), to + (k * T.Size));
        return Sets.Values(target)[..values.Length];
    }

    private static void ReadsAsTorch<T>(ScalarType type)
        where T : struct, IElement
    {
        using var scope = NewDisposeScope();
        var patterns = AllPatterns(type);
        Assert.Equal(Sets.Values(patterns).Select(Bits), Read<T>(patterns).Select(Bits));
    }

    private static void KeepsItsBits<T>(ScalarType type)
        where T : struct, IElement
    {
        using var scope = NewDisposeScope();
        var values = Read<T>(AllPatterns(type));
        Assert.Equal(values.Select(Bits), Written<T>(type, values).Select(Bits));
    }

    private static double[] Middles(ScalarType type, Func<double, double> below, Func<double, double> above)
    {
        using var scope = NewDisposeScope();
        var finite = Sets.Values(AllPatterns(type)).Where(double.IsFinite).Distinct().Order().ToArray();
        var beyond = finite[^1] + ((finite[^1] - finite[^2]) / 2);
        var middles = finite.Zip(finite.Skip(1), (a, b) => (a + b) / 2).Append(beyond).Append(-beyond);
        return [.. middles.SelectMany(m => new[] { below(m), m, above(m) })];
    }

    private static void RoundsAsTorch<T>(ScalarType type)
        where T : struct, IElement
    {
        using var scope = NewDisposeScope();
        var values = Middles(type, m => MathF.BitDecrement((float)m), m => MathF.BitIncrement((float)m));
        var expected = Sets.Values(tensor(values, ScalarType.Float64).to(ScalarType.Float32).to(type));
        Assert.Equal(expected.Select(Bits), Written<T>(type, values).Select(Bits));
    }

    private static void RoundsOnce<T>(ScalarType type)
        where T : struct, IElement
    {
        var values = Middles(type, Math.BitDecrement, Math.BitIncrement);
        Assert.Equal(values.Select(v => Bits(Rounding.To(type, v))), Written<T>(type, values).Select(Bits));
    }
}
