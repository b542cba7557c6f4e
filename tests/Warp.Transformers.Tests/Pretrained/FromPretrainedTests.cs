using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class FromPretrainedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Missing_unexpected_and_wrongly_shaped_tensors_are_listed_in_one_error()
    {
        var (config, weights, _) = PlainCases.All["llama"]();
        var folder = weights.Save(_folder.File("model"), config.Replace("\"intermediate_size\": 10", "\"intermediate_size\": 12", StringComparison.Ordinal), rename: name => name switch
        {
            "model.norm.weight" => "model.final.weight",
            _ => name,
        });
        var failure = Assert.Throws<PretrainedModelException>(() => CausalLmPolicy.FromPretrained(folder));
        Assert.Contains($"'model.norm.weight' is in the model that config.json describes but not in {folder}", failure.Problems);
        Assert.Contains($"'model.final.weight' is in {folder} but not in the model that config.json describes", failure.Problems);
        Assert.Contains($"'model.layers.2.mlp.down_proj.weight' is [8, 12] in the model that config.json describes but [8, 10] in {folder}", failure.Problems);
        Assert.Equal(2 + (3 * 3), failure.Problems.Count);
    }

    [Fact]
    public void A_head_that_is_tied_by_the_config_and_stored_with_other_values_is_refused()
    {
        var (config, weights, _) = PlainCases.All["llama"]();
        var folder = weights.Save(_folder.File("model"), config.Replace("{\"model_type\"", "{\"tie_word_embeddings\": true, \"model_type\"", StringComparison.Ordinal));
        var problem = Assert.Single(Assert.Throws<PretrainedModelException>(() => CausalLmPolicy.FromPretrained(folder)).Problems, p => p.Contains("different values", StringComparison.Ordinal));
        Assert.Contains("lm_head.weight", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("transformer.")]
    [InlineData("")]
    public void GPT2_is_read_with_and_without_its_prefix_and_with_its_masks(string prefix)
    {
        var (config, weights, model) = PlainCases.All["gpt2"]();
        var folder = _folder.File("model");
        weights.Save(folder, config);
        using (NewDisposeScope())
        {
            using var plain = Safetensors.Load(Path.Combine(folder, "model.safetensors"));
            var stored = plain.Select(t => KeyValuePair.Create(t.Name.Replace("transformer.", prefix, StringComparison.Ordinal), t.Tensor)).ToList();
            for (var layer = 0; layer < 3; layer++)
            {
                stored.Add(KeyValuePair.Create($"{prefix}h.{layer}.attn.bias", ones(1, 1, 40, 40, dtype: ScalarType.Byte).tril()));
                stored.Add(KeyValuePair.Create($"{prefix}h.{layer}.attn.masked_bias", tensor(-1e4f)));
            }

            using var all = ParameterSet.Copy(stored);
            Safetensors.Save(Path.Combine(folder, "model.safetensors"), all);
        }

        using var policy = CausalLmPolicy.FromPretrained(folder);
        Assert.All(policy.Weights, t => Assert.True(t.IsTrainable));
        Assert.Equal([.. weights.Names], policy.Weights.Select(t => t.Name).Order(StringComparer.Ordinal));
        int[] ids = [3, 1, 4, 1, 5, 9, 2, 6];
        Tolerance.AssertClose(
            model.LogProbabilities(ids), [.. Tiny.LogProbabilities(policy, [Tiny.Rollout(ids[..1], ids[1..])])[0].Select(s => (double)s)], Tolerance.Reference);
    }

    [Fact]
    public void The_type_is_the_one_stored_and_float16_asks_for_a_choice()
    {
        var (config, weights, _) = PlainCases.All["mistral"]();
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16 })
        {
            using var policy = CausalLmPolicy.FromPretrained(weights.Save(_folder.File($"{type}"), config, type));
            Assert.Equal(type, policy.Decoder.Type);
        }

        var half = weights.Save(_folder.File("half"), config, ScalarType.Float16);
        Assert.Contains("choose a type", Assert.Throws<PretrainedModelException>(() => CausalLmPolicy.FromPretrained(half)).Message, StringComparison.Ordinal);
        using var widened = CausalLmPolicy.FromPretrained(half, type: ScalarType.Float32);
        using var scope = NewDisposeScope();
        using var stored = Safetensors.Load(half);
        Assert.All(widened.Weights, t => Assert.Equal(Tiny.Values(stored[t.Name].Tensor), Tiny.Values(t.Tensor)));
        Assert.Throws<ArgumentException>(() => CausalLmPolicy.FromPretrained(half, type: ScalarType.Float16));
    }

    [Fact]
    public void Sizes_that_cannot_be_the_checkpoints_are_refused_before_memory_is_asked_for()
    {
        var (config, weights, _) = PlainCases.All["llama"]();
        var text = config.Replace("\"vocab_size\": 13", "\"vocab_size\": 2000000000", StringComparison.Ordinal).Replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 100000000", StringComparison.Ordinal);
        var failure = Assert.Throws<PretrainedModelException>(() => CausalLmPolicy.FromPretrained(weights.Save(_folder.File("model"), text)));
        Assert.Equal(2, failure.Problems.Count);
        Assert.Contains("8 × 2000000000", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_tokenizer_ids_work_and_texts_say_the_way_out()
    {
        var (config, weights, _) = PlainCases.All["llama"]();
        var folder = weights.Save(_folder.File("model"), config);
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), """{"eos_token_id": [4, 2, 128001]}""");
        using var policy = CausalLmPolicy.FromPretrained(folder);
        Assert.Equal((1, 0), (policy.Tokenizer.StartTokenId, policy.Tokenizer.PadTokenId));
        Assert.Equal([4, 2], policy.Tokenizer.EndTokenIds);
        var completion = policy.Generate([Tiny.Prompt(1, 5)], new SamplingOptions { MaxNewTokens = 3 }, new RandomStream(1))[0];
        Assert.Equal("", completion.Text);
        Assert.Contains("has no tokenizer", Assert.Throws<InvalidOperationException>(() => policy.Tokenizer.Encode("a")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama", """ "eos_token_id": null """, null, 0)]
    [InlineData("llama", """ "bos_token_id": 1 """, 2, 2)] // the class's own
    [InlineData("llama", """ "eos_token_id": 7, "pad_token_id": null """, 7, 7)]
    [InlineData("llama", """ "eos_token_id": 7, "pad_token_id": 3 """, 7, 3)]
    [InlineData("llama", """ "eos_token_id": 50256, "pad_token_id": -1 """, null, 0)]
    [InlineData("gemma", """ "hidden_size": 8 """, 1, 0)]
    public void Special_ids_are_those_of_the_config(string modelType, string settings, int? end, int pad)
    {
        var config = PretrainedConfig.Parse(
            $$"""{"model_type": "{{modelType}}", "vocab_size": 13, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 2, {{settings}}}""", "config.json");
        var tokenizer = FolderTokenizer.Find(_folder.Path, config);
        Assert.Equal(end is null ? [] : [end.Value], tokenizer.EndTokenIds);
        Assert.Equal(pad, tokenizer.PadTokenId);
    }

    [Fact]
    public void Special_ids_of_the_folders_own_tokenizer_that_the_model_does_not_have_never_come_up()
    {
        var source = SharedData.Path("data", "TinyStories-656K");
        var folder = _folder.File("model");
        Directory.CreateDirectory(folder);
        foreach (var file in Directory.GetFiles(source))
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        File.WriteAllText(Path.Combine(folder, "generation_config.json"), """{"eos_token_id": [2, 50256]}""");
        File.WriteAllText(Path.Combine(folder, "tokenizer_config.json"), """{"tokenizer_class": "PreTrainedTokenizerFast"}""");
        File.WriteAllText(Path.Combine(folder, "special_tokens_map.json"), "{}");
        var config = File.ReadAllText(Path.Combine(folder, "config.json"));
        File.WriteAllText(Path.Combine(folder, "config.json"), config.Replace("{", "{\"pad_token_id\": 2048,", StringComparison.Ordinal));
        using var policy = CausalLmPolicy.FromPretrained(folder);
        using var usual = CausalLmPolicy.FromPretrained(source);
        Assert.Equal(2048, policy.Tokenizer.PadTokenId); // one beyond the model's vocabulary
        Prompt[] prompts = [policy.Tokenizer.Prompt("Once upon a time"), policy.Tokenizer.Prompt("A")];
        var sampling = new SamplingOptions { MaxNewTokens = 8 };
        var completions = policy.Generate(prompts, sampling, new RandomStream(1));
        Assert.Equal(usual.Generate(prompts, sampling, new RandomStream(1)).Select(c => c.Text), completions.Select(c => c.Text));
        Rollout[] rollouts = [.. prompts.Zip(completions, (p, c) => new Rollout(p, c))];
        Assert.Equal(Tiny.LogProbabilities(usual, rollouts), Tiny.LogProbabilities(policy, rollouts));
        using var clone = policy.Clone();
        Assert.Throws<ArgumentException>(() => CausalLmPolicy.FromPretrained(folder, tokenizer: policy.Tokenizer)); // one that is given is meant
    }

    [Theory]
    [InlineData("", 30)]
    [InlineData(""" "tie_word_embeddings": false, """, 30)]
    [InlineData(""" "tie_word_embeddings": true, """, 29)]
    public void Equal_head_and_embedding_are_tied_only_if_the_config_says_so(string setting, int tensors)
    {
        var (config, weights, _) = PlainCases.All["llama"]();
        var folder = weights.Save(_folder.File("model"), config.Replace("{\"model_type\"", $"{{{setting}\"model_type\"", StringComparison.Ordinal), ScalarType.Float32);
        using (NewDisposeScope())
        {
            var file = Path.Combine(folder, "model.safetensors");
            using var stored = Safetensors.Load(file);
            using (no_grad())
                stored["lm_head.weight"].Tensor.copy_(stored["model.embed_tokens.weight"].Tensor);
            using var equal = ParameterSet.Copy(stored.Select(t => KeyValuePair.Create(t.Name, t.Tensor)));
            Safetensors.Save(file, equal);
        }

        using var policy = CausalLmPolicy.FromPretrained(folder);
        Assert.Equal(tensors, policy.Weights.Count);
        Assert.Equal(Tiny.Values(policy.Weights["model.embed_tokens.weight"].Tensor), Tiny.Values(policy.Weights["lm_head.weight"].Tensor));
    }

    [Fact]
    public void A_failed_load_leaves_no_tensor_behind()
    {
        var (config, weights, _) = PlainCases.All["llama"]();
        var folder = weights.Save(_folder.File("model"), config.Replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 2", StringComparison.Ordinal));
        LiveTensors.AssertNoneLeft(() => Assert.Throws<PretrainedModelException>(() => CausalLmPolicy.FromPretrained(folder)));
        var whole = weights.Save(_folder.File("whole"), config);
        LiveTensors.AssertNoneLeft(() => Assert.Throws<ArgumentException>(() => CausalLmPolicy.FromPretrained(whole, tokenizer: new TestTokenizer(pad: 99))));
    }
}
