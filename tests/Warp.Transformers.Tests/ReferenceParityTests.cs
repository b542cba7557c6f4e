using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Against Hugging Face transformers 4.47 on checkpoints with random weights; one of two rows is padded on the left.</summary>
public class ReferenceParityTests
{
    public static TheoryData<string> Checkpoints { get; } = ["llama", "llama_bf16", "llama_sharded", "gpt2", "gemma"];

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Logits_are_those_of_the_reference(string checkpoint)
    {
        var reference = ModelReference.Load(checkpoint);
        using var policy = reference.Policy();
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
        var reference = ModelReference.Load(checkpoint);
        using var policy = reference.Policy();
        var scores = Tiny.LogProbabilities(policy, [Whole(reference.Row(0)), Whole(reference.Row(1))]);
        for (var row = 0; row < 2; row++)
            Tolerance.AssertClose(reference.LogProbabilities(row), scores[row][..(reference.Row(row).Length - 1)], Tolerance.Reference);
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Greedy_continuations_are_those_of_the_reference(string checkpoint)
    {
        var reference = ModelReference.Load(checkpoint);
        using var policy = reference.Policy();
        var completions = Greedy(policy, reference, [0, 1]);
        for (var row = 0; row < 2; row++)
        {
            Assert.Equal(reference.Greedy(row), completions[row].TokenIds);
            Assert.Equal(completions[row].TokenIds, Greedy(policy, reference, [row])[0].TokenIds);
            Assert.Equal(completions[row].TokenIds, Recomputed(policy, reference.Row(row), completions[row].TokenIds.Count));
        }
    }

    [Fact]
    public void Weights_in_bfloat16_stay_so_and_err_by_its_rounding()
    {
        var reference = ModelReference.Load("llama_bf16");
        using var policy = reference.Policy(type: null);
        Assert.Equal(ScalarType.BFloat16, policy.Decoder.Type);
        Assert.All(policy.Weights, w => Assert.Equal(ScalarType.BFloat16, w.Tensor.dtype));
        var scores = Tiny.LogProbabilities(policy, [Whole(reference.Row(0)), Whole(reference.Row(1))]);
        for (var row = 0; row < 2; row++)
            Tolerance.AssertClose(reference.LogProbabilities(row), scores[row][..(reference.Row(row).Length - 1)], Tolerance.BFloat16);
    }

    private static Rollout Whole(int[] ids) => Tiny.Rollout([ids[0]], ids[1..]);

    private static IReadOnlyList<Completion> Greedy(CausalLmPolicy policy, ModelReference reference, int[] rows) => policy.Generate(
        [.. rows.Select(row => Tiny.Prompt(reference.Row(row)))],
        new SamplingOptions { Temperature = 0, MaxNewTokens = reference.Greedy(0).Length },
        new RandomStream(0));

    private static int[] Recomputed(CausalLmPolicy policy, int[] prompt, int count)
    {
        var ids = prompt;
        for (var i = 0; i < count; i++)
        {
            using var scope = NewDisposeScope();
            using var noGradient = no_grad();
            var logits = policy.Decoder.forward(tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]));
            ids = [.. ids, (int)logits[0, ids.Length - 1].argmax().item<long>()];
        }

        return ids[prompt.Length..];
    }
}
