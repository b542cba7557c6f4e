namespace Warp.Tests;

/// <summary>A language model by plain loops: the logits after every token.</summary>
internal abstract class PlainModel
{
    public required PlainWeights Weights { get; init; }

    public abstract double[][] Logits(IReadOnlyList<int> ids);

    /// <summary>The most probable continuation, every token from the whole sequence anew.</summary>
    public int[] Greedy(IReadOnlyList<int> prompt, int count)
    {
        var ids = prompt.ToList();
        for (var i = 0; i < count; i++)
        {
            var last = Logits(ids)[^1];
            ids.Add(Array.IndexOf(last, last.Max()));
        }

        return [.. ids.Skip(prompt.Count)];
    }

    /// <summary>The log-probabilities of all tokens but the first.</summary>
    public double[] LogProbabilities(IReadOnlyList<int> ids)
    {
        var logits = Logits(ids);
        return [.. Enumerable.Range(1, ids.Count - 1).Select(t => PlainMath.LogSoftmax(logits[t - 1])[ids[t]])];
    }

    /// <summary>Splits every row into heads: [head][token].</summary>
    protected static double[][][] Heads(double[][] rows, int size) =>
        [.. Enumerable.Range(0, rows[0].Length / size).Select(h => rows.Select(row => row[(h * size)..((h + 1) * size)]).ToArray())];

    /// <summary>Puts heads together again: [token].</summary>
    protected static double[][] Join(double[][][] heads) =>
        [.. Enumerable.Range(0, heads[0].Length).Select(t => heads.SelectMany(head => head[t]).ToArray())];
}
