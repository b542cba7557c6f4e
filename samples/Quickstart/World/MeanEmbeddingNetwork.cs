using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Warp.Quickstart;

/// <summary>Mean of the words' embeddings, one hidden layer with tanh, one number.</summary>
/// <remarks>It sees which words a review has, not their order: negation and grammar pass it by, and that is what a policy will learn to exploit.</remarks>
internal sealed class MeanEmbeddingNetwork : IDisposable
{
    private readonly Parameter _embedding;
    private readonly Parameter _hidden;
    private readonly Parameter _hiddenBias;
    private readonly Parameter _output;

    internal MeanEmbeddingNetwork(int vocabularySize, int embeddingWidth, int hiddenWidth, RandomStream random)
    {
        _embedding = Uniform(1, [vocabularySize, embeddingWidth], random);
        _hidden = Uniform(1 / Math.Sqrt(embeddingWidth), [embeddingWidth, hiddenWidth], random);
        _hiddenBias = Uniform(0, [hiddenWidth], random);
        _output = Uniform(1 / Math.Sqrt(hiddenWidth), [hiddenWidth], random);
    }

    internal IReadOnlyList<Parameter> Parameters => [_embedding, _hidden, _hiddenBias, _output];

    /// <summary>One number per review, of shape [reviews]; there is no output bias, for preferences do not depend on one.</summary>
    /// <param name="shares">[reviews, vocabulary], from <see cref="WordShares"/>.</param>
    internal Tensor Forward(Tensor shares)
    {
        using var scope = NewDisposeScope();
        using var once = 1.ToScalar(); // held: a bare number, which add makes too, may be freed while torch reads it
        return shares.matmul(_embedding).matmul(_hidden).add(_hiddenBias, once).tanh().matmul(_output).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters)
            parameter.Dispose();
    }

    private static Parameter Uniform(double bound, long[] shape, RandomStream random)
    {
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(bound * (2 * random.NextDouble() - 1));
        using var drawn = tensor(values, shape);
        return new Parameter(drawn);
    }
}
