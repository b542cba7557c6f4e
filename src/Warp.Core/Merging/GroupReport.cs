namespace Warp;

/// <summary>What is said of a group once its inner products are known, in memory or from files.</summary>
internal static class GroupReport
{
    /// <summary>
    /// The factors of θ_init, θ¹ … θᴹ: θ_init + η Σ cₘ (θᵐ − θ_init), written as one weighted sum so that (1, 0, …) returns θ¹ bit for bit and an
    /// interpolation of the merge is rounded once.
    /// </summary>
    internal static double[] Factors(double[] coefficients, double eta) => [1 - (eta * coefficients.Sum()), .. coefficients.Select(c => eta * c)];

    /// <summary>λ of the step that brings in policy m: 1/m, or the value given for two.</summary>
    internal static Func<int, double> Lambda(MergeOptions options) => m => options.Lambda ?? 1.0 / m;

    /// <summary>The position of the first policy whose task vector is not finite; −1 when all are.</summary>
    internal static int FirstNonFinite(DoubleDouble[,] gram)
    {
        for (var m = 0; m < gram.GetLength(0); m++)
        {
            if (!double.IsFinite(gram[m, m].High))
                return m;
        }

        return -1;
    }

    /// <summary>The error for weights that are not finite.</summary>
    /// <param name="where">Which tensor of which input.</param>
    internal static NonFiniteWeightsException NonFinite(string where) =>
        new($"There are NaN or infinite values in {where}: the run that made it has diverged. Leave it out of the merge or take an earlier checkpoint.");

    internal static MergeGroup Describe(string name, IReadOnlyList<string> tensors, long parameters, DoubleDouble[,] gram, double[] coefficients, MergeStep[] steps) => new(
        name,
        tensors,
        parameters,
        [.. Enumerable.Range(0, coefficients.Length).Select(m => Math.Sqrt(gram[m, m].High))],
        steps,
        coefficients,
        Math.Sqrt(SlerpArithmetic.Squared(gram, coefficients).High));
}
