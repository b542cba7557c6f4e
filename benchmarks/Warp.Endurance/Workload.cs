using Warp.Transformers;

namespace Warp.Endurance;

/// <summary>A small Llama that is rewarded for vowels: a real sampler, a real backward pass, and steps of some milliseconds.</summary>
internal static class Workload
{
    private static readonly CharacterTokenizer Tokenizer = new("abcdefghijklmnopqrstuvwxyz ");

    public static readonly Prompt[] Prompts = [.. "the ,a ,my ,our ".Split(',').Select(Tokenizer.Prompt)];

    public static readonly IRewardModel Vowels = RewardModel.From(r => r.Completion.Text.Count("aeiou".Contains));

    public static readonly ReinforceOptions Options = new()
    {
        PromptsPerStep = 4,
        CompletionsPerPrompt = 2,
        LearningRate = 1e-4,
        WarmupSteps = 10,
        Sampling = new SamplingOptions { MaxNewTokens = 12 },
    };

    public static IPolicy Policy(int width, int layers) => CausalLmPolicy.Create(
        new DecoderConfig { VocabularySize = Tokenizer.VocabularySize, HiddenSize = width, IntermediateSize = 2 * width, Layers = layers, Heads = 4 }, Tokenizer, new RandomStream(key: 1));

    public static PartCatalog Catalog(int width, int layers) => new PartCatalog()
        .AddPolicy(() => Policy(width, layers)).AddReward(Vowels).AddPrompts(Prompts).AddHeldOutPrompts(Prompts);
}
