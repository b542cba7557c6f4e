using System.Runtime.InteropServices;

namespace Warp.Tests;

/// <summary>Merges of a float64 reference.</summary>
internal static class OracleData
{
    // Float32 holds 24 bits: one unit in the last place, of the greatest element of the tensor.
    private const double Ulp = 1.0 / (1 << 23);

    public static void Same(string expectedPath, string actualPath)
    {
        using var expected = Checkpoint.Open(expectedPath);
        using var actual = Checkpoint.Open(actualPath);
        Assert.Equal(expected.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal), actual.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
        foreach (var tensor in expected.Tensors)
        {
            var (e, a) = (Values(expected, tensor.Name), Values(actual, tensor.Name));
            var tolerance = Ulp * e.Max(v => Math.Abs(v));
            for (var i = 0; i < e.Length; i++)
                Assert.True(Math.Abs(e[i] - a[i]) <= tolerance, $"{tensor.Name}[{i}]: {a[i]} instead of {e[i]}");
        }
    }

    private static double[] Values(Checkpoint checkpoint, string tensor)
    {
        var bytes = TestCheckpoints.Bytes(checkpoint, tensor);
        return checkpoint[tensor].TypeName == "F64"
            ? MemoryMarshal.Cast<byte, double>(bytes).ToArray()
            : [.. MemoryMarshal.Cast<byte, float>(bytes).ToArray().Select(v => (double)v)];
    }
}
