using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Against Hugging Face transformers 4.47 on checkpoints with random weights; one of two rows is padded on the left.</summary>
public class LlamaParityTests
{
    public static TheoryData<string> Checkpoints { get; } = ["llama", "llama_bf16"];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Logits_are_those_of_the_reference(string checkpoint)
    {
        var reference = LlamaReference.Load(checkpoint);
        using var policy = reference.Policy;
        for (var row = 0; row < 2; row++)
        {
            using var scope = NewDisposeScope();
            var ids = reference.Row(row);
            var logits = policy.Decoder.forward(tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]));
            var last = Tiny.Values(logits[0, TensorIndex.Slice(ids.Length - 3)]).Chunk(policy.Decoder.Config.VocabularySize).ToArray();
            for (var i = 0; i < 3; i++)
                Tolerance.AssertClose(reference.LastLogits(row)[i], last[i], Tolerance.Reference);
        }
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Log_probabilities_are_those_of_the_reference(string checkpoint)
    {
        var reference = LlamaReference.Load(checkpoint);
        using var policy = reference.Policy;
        var scores = Tiny.LogProbabilities(policy, [Whole(reference.Row(0)), Whole(reference.Row(1))]);
        for (var row = 0; row < 2; row++)
            Tolerance.AssertClose(reference.LogProbabilities(row), scores[row][..(reference.Row(row).Length - 1)], Tolerance.Reference);
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Greedy_continuations_are_those_of_the_reference(string checkpoint)
    {
        var reference = LlamaReference.Load(checkpoint);
        using var policy = reference.Policy;
        var completions = policy.Generate(
            [Tiny.Prompt(reference.Row(0)), Tiny.Prompt(reference.Row(1))],
            new SamplingOptions { Temperature = 0, MaxNewTokens = reference.Greedy(0).Length },
            new RandomStream(0));
        Assert.Equal(reference.Greedy(0), completions[0].TokenIds);
        Assert.Equal(reference.Greedy(1), completions[1].TokenIds);
    }

    private static Rollout Whole(int[] ids) => Tiny.Rollout([ids[0]], ids[1..]);
}
