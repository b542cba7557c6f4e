using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Every architecture against plain loops over float64, on checkpoints that the test writes under the names of transformers.</summary>
public sealed class ArchitectureTests : IDisposable
{
    private static readonly int[] Ids = [1, 5, 7, 2, 0, 12, 11, 3, 3, 8, 9, 4, 6, 10];
    private static readonly int[][] Prompts = [[1, 5, 7, 2, 0, 12, 11], [3], [8, 9, 4], [6, 10, 6, 10, 6, 10]];

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Cases { get; } = [.. PlainCases.All.Keys];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_are_those_of_the_definition(string name)
    {
        var (config, weights, model) = PlainCases.All[name]();
        var folder = weights.Save(_folder.File("model"), config);
        double[] expected = [.. model.Logits(Ids).SelectMany(l => l)];
        foreach (var (type, tolerance) in new[] { (ScalarType.Float64, Tolerance.Float64), (ScalarType.Float32, Tolerance.Reference) })
        {
            using var scope = NewDisposeScope();
            using var policy = CausalLmPolicy.FromPretrained(folder, type: type);
            var logits = policy.Decoder.forward(tensor(Array.ConvertAll(Ids, id => (long)id), [1, Ids.Length]));
            Tolerance.AssertClose(expected, logits.to(ScalarType.Float64).data<double>().ToArray(), tolerance);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Log_probabilities_are_those_of_the_definition(string name)
    {
        var (config, weights, model) = PlainCases.All[name]();
        using var policy = CausalLmPolicy.FromPretrained(weights.Save(_folder.File("model"), config), type: ScalarType.Float32);
        var scores = Tiny.LogProbabilities(policy, [Tiny.Rollout([Ids[0]], Ids[1..]), Tiny.Rollout(Ids[..3], Ids[3..9])]);
        Tolerance.AssertClose(model.LogProbabilities(Ids), [.. scores[0].Select(s => (double)s)], Tolerance.Reference);
        Tolerance.AssertClose(model.LogProbabilities(Ids[..9])[2..], [.. scores[1].Take(6).Select(s => (double)s)], Tolerance.Reference);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Cached_generation_of_padded_rows_is_greedy_recomputation(string name)
    {
        var (config, weights, model) = PlainCases.All[name]();
        using var policy = CausalLmPolicy.FromPretrained(weights.Save(_folder.File("model"), config), tokenizer: new TestTokenizer());
        var sampling = new SamplingOptions { Temperature = 0, MaxNewTokens = 9 };
        var together = policy.Generate([.. Prompts.Select(Tiny.Prompt)], sampling, new RandomStream(0));
        for (var row = 0; row < Prompts.Length; row++)
        {
            Assert.Equal(model.Greedy(Prompts[row], 9), together[row].TokenIds);
            Assert.Equal(together[row].TokenIds, policy.Generate([Tiny.Prompt(Prompts[row])], sampling, new RandomStream(0))[0].TokenIds);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_padded_on_the_left_is_the_row_alone(string name)
    {
        var (config, weights, _) = PlainCases.All[name]();
        using var policy = CausalLmPolicy.FromPretrained(weights.Save(_folder.File("model"), config));
        using var scope = NewDisposeScope();
        const int Padding = 3;
        var length = Ids.Length + Padding;
        var ids = cat([zeros(1, Padding, ScalarType.Int64), tensor(Array.ConvertAll(Ids, id => (long)id), [1, Ids.Length])], 1);
        var slots = arange(length);
        // Position ids are the running count of real tokens less 1; a token of padding sees itself, so that its softmax is one.
        var positions = slots.sub(Padding).clamp_min(0).unsqueeze(0);
        var hidden = slots.unsqueeze(0).gt(slots.unsqueeze(1))
            .logical_or(slots.unsqueeze(0).lt(Padding)).logical_and(slots.unsqueeze(0).ne(slots.unsqueeze(1)));
        var mask = zeros([1, 1, length, length], ScalarType.Float64).masked_fill(hidden, double.NegativeInfinity);
        var padded = policy.Decoder.Hidden(ids, positions, Ids.Length, mask).narrow(1, Padding, Ids.Length);
        var alone = policy.Decoder.Hidden(ids.narrow(1, Padding, Ids.Length));
        Tolerance.AssertClose(alone.data<double>().ToArray(), padded.contiguous().data<double>().ToArray(), Tolerance.Float64);
    }

    [Theory]
    [InlineData("mistral", 100)]
    [InlineData("gemma2", 700)]
    [InlineData("gemma2 without caps", 100)]
    public void Long_sequences_are_done_in_pieces_with_the_same_result(string name, int window)
    {
        var (config, weights, model) = PlainCases.All[name]();
        var windowed = (PlainLlama)model;
        var reference = new PlainLlama
        {
            Weights = weights,
            Hidden = windowed.Hidden,
            HeadSize = windowed.HeadSize,
            Layers = windowed.Layers,
            Frequencies = windowed.Frequencies,
            Activation = windowed.Activation,
            IsGemma = windowed.IsGemma,
            HasFourNorms = windowed.HasFourNorms,
            Scalar = windowed.Scalar,
            AttentionCap = windowed.AttentionCap,
            LogitCap = windowed.LogitCap,
            Window = layer => windowed.Window(layer) is null ? null : window,
        };
        var text = System.Text.RegularExpressions.Regex.Replace(config, "\"sliding_window\": [0-9]+", $"\"sliding_window\": {window}", default, TimeSpan.FromSeconds(1));
        using var policy = CausalLmPolicy.FromPretrained(weights.Save(_folder.File("model"), text));
        var random = new RandomStream(5);
        int[] ids = [.. Enumerable.Range(0, 1300).Select(_ => random.NextInt32(PlainCases.Vocabulary))];
        using var scope = NewDisposeScope();
        var logits = policy.Decoder.forward(tensor(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]));
        Tolerance.AssertClose([.. reference.Logits(ids).SelectMany(l => l)], logits.data<double>().ToArray(), Tolerance.Float64);
    }

    [Fact]
    public void The_gradient_of_capped_log_probabilities_is_that_of_finite_differences()
    {
        var (config, weights, _) = PlainCases.All["gemma2"]();
        using var policy = CausalLmPolicy.FromPretrained(weights.Save(_folder.File("model"), config), options: new() { LogitChunkRows = 5 });
        Rollout[] rollouts = [Tiny.Rollout(Ids[..2], Ids[2..9]), Tiny.Rollout(Ids[..5], Ids[5..])];
        double Sum()
        {
            using var _ = NewDisposeScope();
            using var __ = no_grad();
            return policy.PreciseLogProbabilities(rollouts, 0.9).square().sum().item<double>();
        }

        using var scope = NewDisposeScope();
        policy.PreciseLogProbabilities(rollouts, 0.9).square().sum().backward();
        foreach (var entry in policy.Weights)
        {
            // One entry of each tensor, moved by a step at which rounding (1e-13 / step) and curvature (step²) are both about 1e-8.
            const double Step = 1e-5;
            using var noGradient = no_grad();
            var gradient = entry.Tensor.grad!.view(-1)[entry.Tensor.numel() / 2].item<double>();
            var place = entry.Tensor.view(-1).narrow(0, entry.Tensor.numel() / 2, 1);
            place.add_(Step);
            var above = Sum();
            place.sub_(2 * Step);
            var below = Sum();
            place.add_(Step);
            Assert.True(
                Math.Abs(((above - below) / (2 * Step)) - gradient) <= 1e-6 * Math.Max(1, Math.Abs(gradient)),
                $"{entry.Name}: {(above - below) / (2 * Step)} by differences, {gradient} by backward.");
        }
    }

    [Theory]
    [InlineData("mistral")]
    [InlineData("gemma2")]
    [InlineData("gpt_neox")]
    [InlineData("gpt2")]
    public void No_tensor_is_left_behind(string name)
    {
        var (config, weights, _) = PlainCases.All[name]();
        var folder = weights.Save(_folder.File("model"), config, ScalarType.Float32);
        LiveTensors.AssertNoneLeft(() =>
        {
            using var policy = CausalLmPolicy.FromPretrained(folder);
            policy.Generate([.. Prompts.Select(Tiny.Prompt)], new SamplingOptions { MaxNewTokens = 5 }, new RandomStream(1));
            Tiny.LogProbabilities(policy, [Tiny.Rollout(Ids[..2], Ids[2..])]);
            using var scope = NewDisposeScope();
            policy.LogProbabilities([Tiny.Rollout(Ids[..2], Ids[2..])], 1).sum().backward();
        });
    }
}
