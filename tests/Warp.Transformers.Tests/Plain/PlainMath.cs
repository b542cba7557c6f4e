using MathNet.Numerics;

namespace Warp.Tests;

/// <summary>The arithmetic of transformers by plain loops over float64, from the formulas; an oracle that shares nothing with the library.</summary>
internal static class PlainMath
{
    /// <summary>W x + b for a matrix of shape [outputs, inputs].</summary>
    public static double[] Linear(double[] matrix, double[] x, double[]? bias = null)
    {
        var result = new double[matrix.Length / x.Length];
        for (var o = 0; o < result.Length; o++)
        {
            result[o] = bias?[o] ?? 0;
            for (var i = 0; i < x.Length; i++)
                result[o] += matrix[(o * x.Length) + i] * x[i];
        }

        return result;
    }

    /// <summary>x W + b for a matrix of shape [inputs, outputs].</summary>
    public static double[] Conv1D(double[] matrix, double[] x, double[] bias)
    {
        var result = (double[])bias.Clone();
        for (var i = 0; i < x.Length; i++)
        {
            for (var o = 0; o < result.Length; o++)
                result[o] += x[i] * matrix[(i * result.Length) + o];
        }

        return result;
    }

    public static double[] Row(double[] matrix, int row, int size) => matrix[(row * size)..((row + 1) * size)];

    public static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    public static double[] RmsNorm(double[] x, double[] weight, double epsilon, double offset = 0)
    {
        var root = Math.Sqrt(x.Average(v => v * v) + epsilon);
        return [.. x.Zip(weight, (v, w) => v / root * (offset + w))];
    }

    public static double[] LayerNorm(double[] x, double[] weight, double[] bias, double epsilon)
    {
        var mean = x.Average();
        var root = Math.Sqrt(x.Average(v => (v - mean) * (v - mean)) + epsilon);
        return [.. x.Select((v, i) => ((v - mean) / root * weight[i]) + bias[i])];
    }

    public static double Silu(double x) => x / (1 + Math.Exp(-x));

    public static double Gelu(double x) => x * 0.5 * (1 + SpecialFunctions.Erf(x / Math.Sqrt(2)));

    public static double GeluTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    public static double Cap(double x, double? cap) => cap is { } c ? c * Math.Tanh(x / c) : x;

    /// <summary>The angles per position of a head of which <paramref name="size"/> entries turn.</summary>
    public static double[] Frequencies(int size, double theta) => [.. Enumerable.Range(0, size / 2).Select(i => Math.Pow(theta, -2.0 * i / size))];

    /// <summary>Entry i turns with entry i + n/2 of the n that turn.</summary>
    public static double[] Turn(double[] head, int position, double[] frequencies)
    {
        var turned = (double[])head.Clone();
        for (var i = 0; i < frequencies.Length; i++)
        {
            var (angle, j) = (position * frequencies[i], i + frequencies.Length);
            turned[i] = (head[i] * Math.Cos(angle)) - (head[j] * Math.Sin(angle));
            turned[j] = (head[j] * Math.Cos(angle)) + (head[i] * Math.Sin(angle));
        }

        return turned;
    }

    /// <summary>
    /// Attention of one head: query i over the keys i − window + 1 … i.
    /// </summary>
    public static double[][] Attend(double[][] queries, double[][] keys, double[][] values, double scale, int? window = null, double? cap = null) =>
    [
        .. queries.Select((query, i) =>
        {
            var first = window is { } w ? Math.Max(0, i - w + 1) : 0;
            double[] scores = [.. Enumerable.Range(first, i - first + 1).Select(j => Cap(query.Zip(keys[j], (a, b) => a * b).Sum() * scale, cap))];
            var greatest = scores.Max();
            double[] weights = [.. scores.Select(s => Math.Exp(s - greatest))];
            var (sum, result) = (weights.Sum(), new double[values[0].Length]);
            for (var j = 0; j < weights.Length; j++)
            {
                for (var d = 0; d < result.Length; d++)
                    result[d] += weights[j] / sum * values[first + j][d];
            }

            return result;
        }),
    ];

    public static double[] LogSoftmax(double[] logits)
    {
        var greatest = logits.Max();
        var sum = greatest + Math.Log(logits.Sum(l => Math.Exp(l - greatest)));
        return [.. logits.Select(l => l - sum)];
    }
}
