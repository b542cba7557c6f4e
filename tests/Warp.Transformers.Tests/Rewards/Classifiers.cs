using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Tiny reward models over the letters a to l.</summary>
internal static class Classifiers
{
    public static readonly TestTokenizer Tokenizer = new(ends: [11], start: 10);

    public static SequenceClassifierRewardModel Make(
        ulong seed = 1, SequenceClassifierOptions? options = null, DecoderConfig? config = null, ITokenizer? tokenizer = null, ScalarType type = ScalarType.Float32) =>
        SequenceClassifierRewardModel.Create(config ?? Tiny.Config, tokenizer ?? Tokenizer, new RandomStream(seed), type, options: options);

    public static double[] Values(IReadOnlyList<Reward> rewards)
    {
        Assert.All(rewards, r => Assert.True(r.IsScored));
        return [.. rewards.Select(r => r.Value)];
    }

    public static Rollout Rollout(string prompt, string completion) =>
        new(new Prompt(prompt, [0]), new Completion(completion, [0], isTruncated: false));

    public static void Set(SequenceClassifierRewardModel model, string name, float[] values)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var weight = model.Weights[name].Tensor;
        weight.copy_(tensor(values, weight.shape)).DetachFromDisposeScope();
    }
}
