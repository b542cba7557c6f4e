using Warp.Transformers;

namespace Warp.Dashboard;

/// <summary>Something to watch for a minute: a tiny Llama that is rewarded for vowels, and for nothing but vowels, which shows in the warnings.</summary>
internal static class Experiment
{
    private static readonly CharacterTokenizer Tokenizer = new("abcdefghijklmnopqrstuvwxyz ");

    public static readonly WarpOptions Options = new()
    {
        Iterations = 2,
        Runs = 2,
        Steps = [120],
        FrontEtas = [0, 0.5, 1],
        Reinforce = new ReinforceOptions
        {
            PromptsPerStep = 8,
            LearningRate = 1e-3,
            WarmupSteps = 5,
            EvaluationInterval = 20,
            Sampling = new SamplingOptions { MaxNewTokens = 24 },
        },
    };

    public static IPolicy NewPolicy() => CausalLmPolicy.Create(
        new DecoderConfig { VocabularySize = Tokenizer.VocabularySize, HiddenSize = 32, IntermediateSize = 64, Layers = 2, Heads = 4 }, Tokenizer, new RandomStream(key: 1));

    public static PartCatalog Catalog()
    {
        Prompt[] prompts = [.. "the ,a ,my ,our ,no ,one ".Split(',').Select(Tokenizer.Prompt)];
        var vowels = RewardModel.From(r => r.Completion.Text.Count("aeiou".Contains));
        return new PartCatalog().AddPolicy(NewPolicy).AddReward(vowels.WithRetries(2, TimeSpan.FromSeconds(1))).AddPrompts(prompts).AddHeldOutPrompts(prompts);
    }
}
