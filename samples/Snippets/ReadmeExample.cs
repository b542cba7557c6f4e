using Warp;
using Warp.Transformers;

// A policy: here a tiny Llama with random weights; any TorchSharp module will do behind IPolicy.
var tokenizer = new CharacterTokenizer("abcdefghijklmnopqrstuvwxyz ");
var config = new DecoderConfig { VocabularySize = tokenizer.VocabularySize, HiddenSize = 32, IntermediateSize = 64, Layers = 2, Heads = 4 };
IPolicy NewPolicy() => CausalLmPolicy.Create(config, tokenizer, new RandomStream(key: 1));
Prompt[] prompts = [.. "the ,a ,my ,our ".Split(',').Select(tokenizer.Prompt)];

// WARP: 2 iterations of 2 runs against an EMA anchor, merged by SLERP, interpolated towards their start.
var catalog = new PartCatalog().AddPolicy(NewPolicy).AddReward(new VowelReward()).AddPrompts(prompts).AddHeldOutPrompts(prompts);
var training = new ReinforceOptions { LearningRate = 1e-3, WarmupSteps = 5, Sampling = new SamplingOptions { MaxNewTokens = 16 } };
var loop = new WarpLoop(catalog, new WarpOptions { Iterations = 2, Runs = 2, Steps = [20], Reinforce = training });
using var sft = NewPolicy(); // in earnest: a supervised fine-tuned model
using var result = await loop.RunAsync(sft.Weights);
Console.WriteLine(result.Front); // a line per η: KL to θ_sft, rewards, lengths, with standard errors
using var chosen = new LitiInterpolator().Interpolate(sft.Weights, result.Merged, eta: 0.7); // a point of the front
Safetensors.Save("warp.safetensors", chosen);

// A reward model of your own: one verb, text and token ids in, one reward per completion out.
internal sealed class VowelReward : IRewardModel
{
    public ValueTask<IReadOnlyList<Reward>> ScoreAsync(IReadOnlyList<Rollout> rollouts, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult<IReadOnlyList<Reward>>([.. rollouts.Select(r => Reward.Of(r.Completion.Text.Count("aeiou".Contains)))]);
}
