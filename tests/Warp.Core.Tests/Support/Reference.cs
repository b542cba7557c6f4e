namespace Warp.Tests;

/// <summary>The method in plain float64 on whole vectors, written from the formulas: no Gram matrix, no tensors.</summary>
internal static class Reference
{
    private const double MinSine = 1e-6;

    public static double[] Minus(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x - y)];

    public static double Norm(IEnumerable<double> v) => Math.Sqrt(v.Sum(x => x * x));

    public static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    /// <summary>Ω = 2·atan2(‖u−v‖, ‖u+v‖) of the unit vectors; null if one is zero.</summary>
    public static double? Angle(double[] a, double[] b)
    {
        var (normA, normB) = (Norm(a), Norm(b));
        if (normA == 0 || normB == 0)
            return null;
        return 2 * Math.Atan2(
            Norm(a.Zip(b, (x, y) => x / normA - y / normB)),
            Norm(a.Zip(b, (x, y) => x / normA + y / normB)));
    }

    public static double[] Slerp(double[] init, double[] a, double[] b, double lambda)
    {
        var (d1, d2) = (Minus(a, init), Minus(b, init));
        var (first, second) = (1 - lambda, lambda);
        if (Angle(d1, d2) is { } angle && Math.Sin(angle) >= MinSine)
            (first, second) = (Math.Sin((1 - lambda) * angle) / Math.Sin(angle), Math.Sin(lambda * angle) / Math.Sin(angle));
        return [.. init.Select((x, i) => x + first * d1[i] + second * d2[i])];
    }

    /// <summary>Eq. 26.</summary>
    public static double[] Slerp(double[] init, params double[][] policies)
    {
        var merged = policies[0];
        for (var m = 2; m <= policies.Length; m++)
            merged = Slerp(init, merged, policies[m - 1], 1.0 / m);
        return merged;
    }

    public static double[] Interpolate(double[] start, double[] target, double eta) => [.. start.Zip(target, (s, t) => (1 - eta) * s + eta * t)];

    public static double[] Mean(params double[][] policies) => [.. policies[0].Select((_, i) => policies.Sum(p => p[i]) / policies.Length)];
}
