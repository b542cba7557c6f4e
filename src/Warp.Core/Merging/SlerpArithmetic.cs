namespace Warp;

/// <summary>
/// The arithmetic of SLERP on inner products alone. Every step of eq. 26 makes a linear combination of the task vectors, so their Gram
/// matrix (Gᵢⱼ = δⁱ·δʲ) determines all norms, angles and coefficients, and nothing is rounded between steps.
/// </summary>
internal static class SlerpArithmetic
{
    /// <summary>Below this sin Ω the spherical weights are those of LERP (their limit for Ω → 0).</summary>
    internal const double MinSine = 1e-6;

    /// <summary>The weights of the two ends at <paramref name="lambda"/>: sin((1−λ)Ω)/sin Ω and sin(λΩ)/sin Ω (paper, eq. 4).</summary>
    /// <param name="angle">Ω in radians, in [0, π].</param>
    /// <param name="lambda">λ in [0, 1].</param>
    internal static (double First, double Second) Weights(double angle, double lambda)
    {
        var sine = Math.Sin(angle);
        return sine < MinSine
            ? (1 - lambda, lambda)
            : (Math.Sin((1 - lambda) * angle) / sine, Math.Sin(lambda * angle) / sine);
    }

    /// <summary>Ω in radians of vectors with the given squared norms and inner product: 2·atan2(‖u−v‖, ‖u+v‖) of the unit vectors.</summary>
    internal static double Angle(DoubleDouble squaredNormA, DoubleDouble squaredNormB, DoubleDouble inner)
    {
        // Both lengths are brought near 1 by powers of two, which are exact: the product of two squares may leave the range of a double.
        var (halfA, halfB) = (HalfExponent(squaredNormA.High), HalfExponent(squaredNormB.High));
        var squares = DoubleDouble.ScaleB(squaredNormA, -2 * halfA) * DoubleDouble.ScaleB(squaredNormB, -2 * halfB);
        inner = DoubleDouble.ScaleB(inner, -halfA - halfB);

        // Of ‖a‖‖b‖ ± a·b the smaller one cancels for nearly parallel or opposite vectors; but it is (‖a‖²‖b‖² − (a·b)²) over the larger one.
        var larger = Math.Sqrt(squares.High) + Math.Abs(inner.High);
        var smaller = Math.Max(0, (squares - (inner * inner)).High) / larger;
        var (ofDifference, ofSum) = inner.High > 0 ? (smaller, larger) : (larger, smaller);
        return 2 * Math.Atan2(Math.Sqrt(ofDifference), Math.Sqrt(ofSum));
    }

    private static int HalfExponent(double square) => Math.ILogB(square) / 2;

    /// <summary>The coefficients of the task vectors in slerpm(δ¹ … δᴹ), and the steps on the way.</summary>
    /// <param name="gram">The M × M Gram matrix.</param>
    /// <param name="lambda">λ of the step that brings in policy m (2-based): 1/m, or a value of the caller's for M = 2.</param>
    /// <param name="weights">The weights of the two ends given (Ω, λ).</param>
    internal static (double[] Coefficients, MergeStep[] Steps) Fold(
        DoubleDouble[,] gram, Func<int, double> lambda, Func<double, double, (double First, double Second)> weights)
    {
        var count = gram.GetLength(0);
        var coefficients = new double[count];
        var steps = new MergeStep[count - 1];
        coefficients[0] = 1;
        for (var m = 1; m < count; m++)
        {
            var squaredSoFar = Squared(gram, coefficients);
            var squaredNext = gram[m, m];
            DoubleDouble inner = 0;
            for (var k = 0; k < m; k++)
                inner += coefficients[k] * gram[k, m];

            var step = Measure(squaredSoFar, squaredNext, inner, out var angle);
            var (first, second) = step.Kind == MergeStepKind.Spherical
                ? weights(angle, lambda(m + 1))
                : (1 - lambda(m + 1), lambda(m + 1));
            for (var k = 0; k < m; k++)
                coefficients[k] *= first;
            coefficients[m] = second;
            steps[m - 1] = step;
        }

        return (coefficients, steps);
    }

    /// <summary>‖Σ cₖ δᵏ‖².</summary>
    internal static DoubleDouble Squared(DoubleDouble[,] gram, ReadOnlySpan<double> coefficients)
    {
        DoubleDouble sum = 0;
        for (var i = 0; i < coefficients.Length; i++)
        {
            for (var j = 0; j < coefficients.Length; j++)
                sum += DoubleDouble.Product(coefficients[i], coefficients[j]) * gram[i, j];
        }

        return sum.High > 0 ? sum : 0;
    }

    private static MergeStep Measure(DoubleDouble squaredSoFar, DoubleDouble squaredNext, DoubleDouble inner, out double angle)
    {
        angle = 0;
        double? ratio = squaredNext.High > 0 ? Math.Sqrt(squaredSoFar.High / squaredNext.High) : null;
        if (squaredSoFar.High == 0 || squaredNext.High == 0)
            return new(null, ratio, MergeStepKind.ZeroVector);

        angle = Angle(squaredSoFar, squaredNext, inner);
        var kind = Math.Sin(angle) >= MinSine ? MergeStepKind.Spherical : inner.High > 0 ? MergeStepKind.Parallel : MergeStepKind.Opposite;
        return new(angle * (180 / Math.PI), ratio, kind);
    }
}
