using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Models small enough to enumerate, with weights large enough that their distributions are far from uniform.</summary>
internal static class Tiny
{
    public static DecoderConfig Config { get; } = new()
    {
        VocabularySize = 12,
        HiddenSize = 16,
        IntermediateSize = 24,
        Layers = 2,
        Heads = 4,
        KeyValueHeads = 2,
        MaxPositions = 64,
        InitializerRange = 0.4,
    };

    public static CausalLmPolicy Policy(
        ulong seed = 1,
        DecoderConfig? config = null,
        int[]? ends = null,
        int pad = 0,
        ScalarType type = ScalarType.Float32,
        CausalLmPolicyOptions? options = null) =>
        CausalLmPolicy.Create(config ?? Config, new TestTokenizer(ends, pad), new RandomStream(seed), type, options: options);

    public static Prompt Prompt(params int[] ids) => new(string.Join(' ', ids), ids);

    public static Rollout Rollout(int[] prompt, int[] completion) =>
        new(Prompt(prompt), new Completion(string.Join(' ', completion), completion, isTruncated: true));

    public static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    public static float[][] LogProbabilities(CausalLmPolicy policy, IReadOnlyList<Rollout> rollouts, double temperature = 1)
    {
        using var scores = policy.LogProbabilities(rollouts, temperature);
        return [.. Values(scores).Chunk((int)scores.shape[1])];
    }

    public static float[][] LogDistributions(CausalLmPolicy policy, IReadOnlyList<Rollout> rollouts, double temperature = 1)
    {
        using var scores = policy.LogDistributions(rollouts, temperature);
        return [.. Values(scores).Chunk((int)scores.shape[1])];
    }
}
