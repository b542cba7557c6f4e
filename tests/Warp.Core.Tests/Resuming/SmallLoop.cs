using System.Text.Json;
using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>A loop of a second or less, with everything that a checkpoint has to remember: two iterations, two runs, evaluations, a moving baseline.</summary>
internal static class SmallLoop
{
    public static readonly double[,] Sft = { { 0.2, -0.4, 0.1 }, { -0.3, 0.5, 0.2 }, { 0.4, 0.1, -0.6 } };

    public static readonly Prompt[] Prompts = [.. Enumerable.Range(0, 5).Select(i => MarkovPolicy.StartingAt(1 + i % 2))];

    public static readonly IRewardModel LikesTwo = RewardModel.From(r => r.Completion.TokenIds.Count(t => t == 2));

    public static readonly WarpOptions Options = new()
    {
        Iterations = 2,
        Runs = 2,
        Steps = [6, 4],
        FrontEtas = [0, 0.5, 1],
        Seed = 11,
        Reinforce = new ReinforceOptions
        {
            PromptsPerStep = 2,
            CompletionsPerPrompt = 2,
            Sampling = new SamplingOptions { MaxNewTokens = 3 },
            LearningRate = 0.05,
            WarmupSteps = 8,
            EvaluationInterval = 3,
            Baseline = Baseline.MovingAverage,
        },
    };

    private static readonly JsonSerializerOptions Format = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    public static PartCatalog Catalog(ScalarType type = ScalarType.Float32, IRewardModel? reward = null) => new PartCatalog()
        .AddPolicy(() => new MarkovPolicy(MarkovPolicy.Flat(), type))
        .AddReward(reward ?? LikesTwo)
        .AddPrompts(Prompts)
        .AddHeldOutPrompts(Prompts);

    /// <summary>The bytes of the final weights and of the report, durations being 0.</summary>
    public static async Task<string> RunAsync(
        CheckpointStore? store,
        WarpOptions? options = null,
        PartCatalog? catalog = null,
        IProgress<WarpProgress>? progress = null,
        int parallel = 1,
        IMerger? merger = null,
        ScalarType type = ScalarType.Float32,
        CancellationToken cancellationToken = default)
    {
        using var sft = new MarkovPolicy(Sft, type);
        var loop = new WarpLoop(catalog ?? Catalog(type), options ?? Options)
        {
            Checkpoints = store,
            Time = new FrozenTime(),
            MaxParallelRuns = parallel,
            Merger = merger ?? new SlerpMerger(),
        };
        using var result = await loop.RunAsync(sft.Weights, progress, cancellationToken);
        return Fingerprint(result);
    }

    public static string Fingerprint(WarpResult result) =>
        string.Join(
            '\n',
            new[] { result.Weights, result.Merged }.SelectMany(w => w).Select(t => Convert.ToHexString(BytesOf(t.Tensor))).Append(JsonSerializer.Serialize(result.Report, Format)));

    private static byte[] BytesOf(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().contiguous().bytes.ToArray();
    }
}
