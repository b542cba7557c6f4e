namespace Warp.Tests;

internal static class Tolerance
{
    /// <summary>Float32 log-probabilities by two ways of the same sums: a few hundred roundings of 6e-8, times logits of about 10.</summary>
    public const double Float32 = 2e-5;

    /// <summary>Against transformers 4.47: its own float32 differs from float64 by 1.2e-5 (expected.json), ours by as much again, rounded to 1e-6.</summary>
    public const double Reference = 1e-4;

    /// <summary>Float64 by two ways of the same sums, in models of a few hundred additions per number: some hundred roundings of 1e-16, well below this.</summary>
    public const double Float64 = 1e-10;

    /// <summary>bfloat16 keeps 8 bits: 4e-3 a rounding, some tens of roundings deep, on log-probabilities of about 5.</summary>
    public const double BFloat16 = 0.15;

    public static void AssertClose(IReadOnlyList<float> expected, IReadOnlyList<float> actual, double tolerance)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"Entry {i}: expected {expected[i]}, got {actual[i]}, tolerance {tolerance}.");
    }

    public static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double tolerance)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"Entry {i}: expected {expected[i]}, got {actual[i]}, tolerance {tolerance}.");
    }
}
