using System.Text.Json;
using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class SavePretrainedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Cases { get; } = [.. PlainCases.All.Keys];

    public static TheoryData<string> References { get; } = ["llama", "llama_bf16", "llama_sharded", "gpt2", "gemma"];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void What_was_loaded_is_saved_and_loaded_again_bit_for_bit(string name)
    {
        var (config, weights, _) = PlainCases.All[name]();
        config = config.Replace("{\"model_type\"", "{\"my_own\": [1, null], \"torch_dtype\": \"float32\", \"model_type\"", StringComparison.Ordinal);
        AssertRoundTrip(weights.Save(_folder.File("model"), config, ScalarType.Float32));
        Assert.Equal(config, File.ReadAllText(_folder.File("saved/config.json")));
    }

    [Theory]
    [MemberData(nameof(References))]
    public void Checkpoints_of_transformers_are_saved_bit_for_bit(string name) => AssertRoundTrip(SharedData.Path("oracle", "models", name));

    [Fact]
    public void A_real_model_keeps_its_tie_and_its_tokenizer_files()
    {
        var source = SharedData.Path("data", "TinyStories-656K");
        using var policy = CausalLmPolicy.FromPretrained(source);
        policy.SavePretrained(_folder.File("saved"));
        using var again = CausalLmPolicy.FromPretrained(_folder.File("saved"));
        AssertEqual(policy.Weights, again.Weights);
        Assert.Equal(["lm_head.weight"], again.Weights["model.embed_tokens.weight"].Aliases);
        foreach (var file in new[] { "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, file)), File.ReadAllBytes(_folder.File($"saved/{file}")));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_model_made_in_code_has_a_config_that_reads_back(string name)
    {
        var config = DecoderConfig.FromJson(PlainCases.All[name]().Config);
        using var policy = CausalLmPolicy.Create(config, new TestTokenizer([4, 5], pad: 3, start: 1), new RandomStream(1));
        policy.SavePretrained(_folder.File("saved"));
        using var again = CausalLmPolicy.FromPretrained(_folder.File("saved"));
        AssertEqual(policy.Weights, again.Weights);
        Assert.All(typeof(DecoderConfig).GetProperties().Where(p => !p.GetMethod!.IsStatic), p => Assert.Equal((p.Name, p.GetValue(config)), (p.Name, p.GetValue(again.Decoder.Config))));
        Assert.Equal([4, 5], again.Tokenizer.EndTokenIds);
        Assert.Equal((3, 1), (again.Tokenizer.PadTokenId, again.Tokenizer.StartTokenId));
        using var text = JsonDocument.Parse(File.ReadAllText(_folder.File("saved/config.json")));
        Assert.Equal("float32", text.RootElement.GetProperty("torch_dtype").GetString());
        Assert.Equal(config.ModelType, text.RootElement.GetProperty("model_type").GetString());
        Assert.EndsWith(config.ModelType == "gpt2" ? "LMHeadModel" : "ForCausalLM", text.RootElement.GetProperty("architectures")[0].GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gemma2", "attn_logit_softcapping final_logit_softcapping rope_theta initializer_range rms_norm_eps")]
    [InlineData("llama, llama3 scaling", "rope_scaling/factor rope_scaling/low_freq_factor rope_scaling/high_freq_factor rope_theta initializer_range rms_norm_eps")]
    [InlineData("llama, linear scaling", "rope_scaling/factor")]
    [InlineData("gpt_neox", "rotary_pct rotary_emb_base initializer_range layer_norm_eps")]
    [InlineData("gpt2", "initializer_range layer_norm_epsilon")]
    public void Numbers_are_real_where_transformers_5_takes_no_whole_ones(string name, string real)
    {
        var config = DecoderConfig.FromJson(PlainCases.All[name]().Config) with { InitializerRange = 1 };
        config = config.RopeScaling is null ? config : config with { RopeScaling = config.RopeScaling with { Factor = 2 } };
        config = config.LogitSoftCap is null ? config : config with { LogitSoftCap = 30, AttentionSoftCap = 50 };
        config = config.ModelType == "gpt_neox" ? config with { RotaryFraction = 1 } : config;
        using var policy = CausalLmPolicy.Create(config, new TestTokenizer(), new RandomStream(1));
        policy.SavePretrained(_folder.File("saved"));
        using var text = JsonDocument.Parse(File.ReadAllText(_folder.File("saved/config.json")));
        foreach (var key in real.Split(' '))
        {
            var value = key.Split('/').Aggregate(text.RootElement, (element, part) => element.GetProperty(part)).GetRawText();
            Assert.True(value.Contains('.', StringComparison.Ordinal) || value.Contains('E', StringComparison.Ordinal), $"{key} is {value}, which Python reads as an int.");
        }

        foreach (var whole in new[] { "vocab_size", "hidden_size", "n_embd", "query_pre_attn_scalar", "sliding_window", "max_position_embeddings" })
            Assert.True(!text.RootElement.TryGetProperty(whole, out var value) || value.GetRawText().All(char.IsAsciiDigit), $"{whole} is no int in Python.");
    }

    [Theory]
    [InlineData("gemma", "hidden_act", "gelu_pytorch_tanh")]
    [InlineData("gemma2", "hidden_act", "gelu_pytorch_tanh")] // vLLM wants both, under this name
    [InlineData("gemma2", "hidden_activation", "gelu_pytorch_tanh")]
    [InlineData("llama", "hidden_act", "silu")]
    [InlineData("gpt_neox", "hidden_act", "gelu")]
    public void Activations_have_the_names_that_others_look_for(string name, string key, string activation)
    {
        using var policy = CausalLmPolicy.Create(DecoderConfig.FromJson(PlainCases.All[name]().Config), new TestTokenizer(), new RandomStream(1));
        policy.SavePretrained(_folder.File("saved"));
        using var text = JsonDocument.Parse(File.ReadAllText(_folder.File("saved/config.json")));
        Assert.Equal(activation, text.RootElement.GetProperty(key).GetString());
    }

    [Fact]
    public void What_the_architecture_has_no_word_for_is_refused_before_anything_is_written()
    {
        using var policy = Tiny.Policy(config: Tiny.Config with { LogitSoftCap = 30 });
        var problem = Assert.Single(Assert.Throws<OptionsException>(() => policy.SavePretrained(_folder.File("saved"))).Problems);
        Assert.Equal("LogitSoftCap is 30, for which the config.json of llama has no word: it would be read as null", problem);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_merge_is_saved_in_the_form_of_the_model()
    {
        var (config, weights, _) = PlainCases.All["llama, tied"]();
        var source = weights.Save(_folder.File("model"), config.Replace("{\"model_type\"", "{\"torch_dtype\": \"bfloat16\", \"model_type\"", StringComparison.Ordinal), ScalarType.BFloat16);
        using var sft = CausalLmPolicy.FromPretrained(source, type: ScalarType.Float32);
        using var first = Moved(sft, 1);
        using var second = Moved(sft, 2);
        using var merge = new SlerpMerger().Merge(sft.Weights, [first.Weights, second.Weights]);
        sft.SavePretrained(_folder.File("merged"), weights: merge.Weights);
        using var again = CausalLmPolicy.FromPretrained(_folder.File("merged"));
        AssertEqual(merge.Weights, again.Weights);
        Assert.Equal(DecoderConfig.FromPretrained(source), again.Decoder.Config);
        using var text = JsonDocument.Parse(File.ReadAllText(_folder.File("merged/config.json")));
        Assert.Equal("float32", text.RootElement.GetProperty("torch_dtype").GetString());
        using var checkpoint = Checkpoint.Open(_folder.File("merged"));
        Assert.DoesNotContain("lm_head.weight", checkpoint.Tensors.Select(t => t.Name)); // stored once
    }

    [Fact]
    public void The_type_and_the_size_of_shards_can_be_chosen()
    {
        using var policy = Tiny.Policy();
        policy.SavePretrained(_folder.File("saved"), new() { Type = ScalarType.BFloat16, MaxShardBytes = 2000, Readme = "# Mine\n" });
        Assert.Equal("# Mine\n", File.ReadAllText(_folder.File("saved/README.md")));
        Assert.True(File.Exists(_folder.File("saved/model.safetensors.index.json")));
        using var again = CausalLmPolicy.FromPretrained(_folder.File("saved"));
        Assert.Equal(ScalarType.BFloat16, again.Decoder.Type);
        using var rounded = policy.Weights.Clone(ScalarType.BFloat16);
        AssertEqual(rounded, again.Weights);
        using var text = JsonDocument.Parse(File.ReadAllText(_folder.File("saved/config.json")));
        Assert.Equal("bfloat16", text.RootElement.GetProperty("torch_dtype").GetString());
    }

    [Fact]
    public void Nothing_is_overwritten_unless_told_to()
    {
        using var policy = Tiny.Policy();
        using var other = Tiny.Policy(seed: 2);
        policy.SavePretrained(_folder.File("saved"));
        Assert.Throws<OutputExistsException>(() => other.SavePretrained(_folder.File("saved")));
        other.SavePretrained(_folder.File("saved"), new() { Overwrite = true });
        using var again = CausalLmPolicy.FromPretrained(_folder.File("saved"));
        AssertEqual(other.Weights, again.Weights);
        // Also over the very folder that it came from.
        again.Weights.CopyFrom(policy.Weights);
        again.SavePretrained(_folder.File("saved"), new() { Overwrite = true });
        using var last = CausalLmPolicy.FromPretrained(_folder.File("saved"));
        AssertEqual(policy.Weights, last.Weights);
    }

    [Fact]
    public void Other_weights_must_be_those_of_the_model()
    {
        using var policy = Tiny.Policy();
        using var other = Tiny.Policy(config: Tiny.Config with { Layers = 3, IntermediateSize = 30 });
        var differences = Assert.Throws<ParameterMismatchException>(() => policy.SavePretrained(_folder.File("saved"), weights: other.Weights)).Differences;
        Assert.Contains("'model.layers.0.mlp.up_proj.weight' is [24, 16] in the policy but [30, 16] in the weights", differences);
        Assert.Contains("'model.layers.2.input_layernorm.weight' is in the weights but not in the policy", differences);
        Assert.Equal((2 * 3) + 9, differences.Count);
        using var tied = Tiny.Policy(config: Tiny.Config with { TieWordEmbeddings = true });
        Assert.Throws<ParameterMismatchException>(() => tied.SavePretrained(_folder.File("saved"), weights: policy.Weights));
        Assert.Throws<ParameterMismatchException>(() => policy.SavePretrained(_folder.File("saved"), weights: tied.Weights));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void A_clone_is_saved_like_the_original_and_a_source_that_is_gone_is_named()
    {
        var (config, weights, _) = PlainCases.All["qwen2"]();
        var source = weights.Save(_folder.File("model"), config, ScalarType.Float32);
        File.WriteAllText(Path.Combine(source, "generation_config.json"), """{"eos_token_id": 3}""");
        using var policy = CausalLmPolicy.FromPretrained(source);
        using var clone = policy.Clone(ScalarType.BFloat16);
        clone.SavePretrained(_folder.File("saved"));
        Assert.True(File.Exists(_folder.File("saved/generation_config.json")));
        using var text = JsonDocument.Parse(File.ReadAllText(_folder.File("saved/config.json")));
        Assert.Equal("bfloat16", text.RootElement.GetProperty("torch_dtype").GetString()); // added: the source did not say its type
        Directory.Delete(source, recursive: true);
        Assert.Contains(source, Assert.Throws<DirectoryNotFoundException>(() => policy.SavePretrained(_folder.File("late"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_are_checked() => Assert.Equal(
        ["Type is Int64; it may be Float32, BFloat16, Float16 or Float64, or null for each tensor's own", "MaxShardBytes is 0; it must be at least 1"],
        Assert.Throws<OptionsException>(new SavePretrainedOptions { Type = ScalarType.Int64, MaxShardBytes = 0 }.Validate).Problems);

    private static CausalLmPolicy Moved(CausalLmPolicy policy, ulong seed)
    {
        var moved = policy.Clone();
        using var noGradient = no_grad();
        using var other = CausalLmPolicy.Create(policy.Decoder.Config with { InitializerRange = 0.1 }, policy.Tokenizer, new RandomStream(seed));
        foreach (var entry in moved.Weights)
            entry.Tensor.add_(other.Weights[entry.Name].Tensor);
        return moved;
    }

    private void AssertRoundTrip(string source)
    {
        using (var policy = CausalLmPolicy.FromPretrained(source))
            policy.SavePretrained(_folder.File("saved"));
        using var before = Checkpoint.Open(source);
        using var after = Checkpoint.Open(_folder.File("saved"));
        Assert.Equal(before.Tensors.Select(t => t.ToString()).Order(StringComparer.Ordinal), after.Tensors.Select(t => t.ToString()).Order(StringComparer.Ordinal));
        Assert.All(before.Tensors, t => Assert.True(before.ContentEquals(t, after, after[t.Name])));
        using var again = CausalLmPolicy.FromPretrained(_folder.File("saved"));
        using var first = CausalLmPolicy.FromPretrained(source);
        AssertEqual(first.Weights, again.Weights);
    }

    private static void AssertEqual(ParameterSet expected, ParameterSet actual)
    {
        Assert.Equal(expected.Select(t => t.ToString()), actual.Select(t => t.ToString()));
        Assert.All(expected, t => Assert.Equal(Tiny.Values(t.Tensor), Tiny.Values(actual[t.Name].Tensor)));
    }
}
