using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Snippets;

internal static class StartFromPretrained
{
    public static async Task Run(string folder, string output, IRewardModel reward, IReadOnlyList<Prompt> prompts, IReadOnlyList<Prompt> heldOut)
    {
        #region pretrained
        // config.json, safetensors in one file or in shards, and the tokenizer; trained weights are float32, whatever the files hold.
        using var sft = CausalLmPolicy.FromPretrained(folder, type: ScalarType.Float32);
        var catalog = new PartCatalog().AddPolicy(() => sft.Clone()).AddReward(reward).AddPrompts(prompts).AddHeldOutPrompts(heldOut);

        using var result = await new WarpLoop(catalog, new WarpOptions { Iterations = 2, Runs = 2, Steps = [100] }).RunAsync(sft.Weights);

        // The front's point at η = 0.7, as a folder that transformers, vLLM and the like load: names, tied head, config.json and tokenizer files as they came.
        using var chosen = new LitiInterpolator().Interpolate(sft.Weights, result.Merged, eta: 0.7);
        sft.SavePretrained(output, new SavePretrainedOptions { Type = ScalarType.BFloat16, Overwrite = true }, chosen);
        #endregion
    }
}
