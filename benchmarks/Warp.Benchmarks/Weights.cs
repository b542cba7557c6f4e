using static TorchSharp.torch;

namespace Warp.Benchmarks;

/// <summary>Tensors of one model, filled with numbers of the size of weights.</summary>
internal sealed class Weights : IDisposable
{
    private const int PatternLength = 1 << 20;

    private static readonly Dictionary<(ModelShape Shape, ulong Seed), Weights> Kept = [];

    private Weights(ModelShape shape, ulong seed, ScalarType? type = null)
    {
        var random = new RandomStream(seed);
        using var pattern = tensor(Enumerable.Range(0, PatternLength).Select(_ => (float)(0.04 * random.NextDouble() - 0.02)).ToArray(), type ?? shape.Type());
        Tensors = [.. shape.Tensors().Select(size => empty(size, pattern.dtype))];
        foreach (var tensor in Tensors)
        {
            using var scope = NewDisposeScope();
            var flat = tensor.view(-1);
            for (long at = 0; at < flat.shape[0]; at += PatternLength)
            {
                var length = Math.Min(PatternLength, flat.shape[0] - at);
                flat.narrow(0, at, length).copy_(pattern.narrow(0, 0, length));
            }
        }
    }

    internal Tensor[] Tensors { get; }

    /// <summary>The weights of that seed, made once for all cases of the shape; those of other shapes are freed.</summary>
    internal static Weights Of(ModelShape shape, ulong seed, ScalarType? type = null)
    {
        foreach (var (key, weights) in Kept.Where(k => k.Key.Shape != shape).ToArray())
        {
            weights.Dispose();
            Kept.Remove(key);
        }

        return Kept.TryGetValue((shape, seed), out var kept) ? kept : Kept[(shape, seed)] = new Weights(shape, seed, type);
    }

    public void Dispose() => Array.ForEach(Tensors, t => t.Dispose());
}
