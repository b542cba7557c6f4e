namespace Warp.Tests;

/// <summary>All completions of a Markov policy with their exact probabilities, and exact expectations over them, in float64.</summary>
internal static class MarkovEnumeration
{
    /// <summary>Tempered log-probabilities of the next token, by state.</summary>
    public static double[,] LogTable(double[,] logits, double temperature)
    {
        var size = logits.GetLength(0);
        var table = new double[size, size];
        for (var s = 0; s < size; s++)
        {
            var normaliser = Math.Log(Enumerable.Range(0, size).Sum(v => Math.Exp(logits[s, v] / temperature)));
            for (var v = 0; v < size; v++)
                table[s, v] = logits[s, v] / temperature - normaliser;
        }

        return table;
    }

    public static IEnumerable<int[]> Completions(int tokens, int longest)
    {
        var open = new Queue<int[]>([[]]);
        while (open.TryDequeue(out var prefix))
        {
            for (var v = 0; v < tokens; v++)
            {
                int[] longer = [.. prefix, v];
                if (v == MarkovPolicy.End || longer.Length == longest)
                    yield return longer;
                else
                    open.Enqueue(longer);
            }
        }
    }

    public static double LogProbability(double[,] table, int start, IReadOnlyList<int> completion)
    {
        var (sum, state) = (0.0, start);
        foreach (var token in completion)
        {
            sum += table[state, token];
            state = token;
        }

        return sum;
    }

    /// <summary>Σ_y π(y) f(y) ∇ log π(y) with respect to the logits: ∂ log π(y)/∂ logit(s, v) = (count of s→v − visits of s · π(v|s)) / T.</summary>
    public static double[,] ExpectedScore(double[,] logits, double temperature, int start, int longest, Func<int[], double> f)
    {
        var size = logits.GetLength(0);
        var table = LogTable(logits, temperature);
        var gradient = new double[size, size];
        foreach (var y in Completions(size, longest))
        {
            var weight = Math.Exp(LogProbability(table, start, y)) * f(y);
            var state = start;
            foreach (var token in y)
            {
                for (var v = 0; v < size; v++)
                    gradient[state, v] += weight * ((v == token ? 1 : 0) - Math.Exp(table[state, v])) / temperature;
                state = token;
            }
        }

        return gradient;
    }

    /// <summary>Σ_y π(y) f(y).</summary>
    public static double Expectation(double[,] logits, double temperature, int start, int longest, Func<int[], double> f)
    {
        var table = LogTable(logits, temperature);
        return Completions(logits.GetLength(0), longest).Sum(y => Math.Exp(LogProbability(table, start, y)) * f(y));
    }
}
