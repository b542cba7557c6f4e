using System.Text.Json;
using Warp.Transformers;
using static TorchSharp.torch;

namespace Warp.Tests;

public sealed class SequenceClassifierFolderTests : IDisposable
{
    private static readonly string[] Texts = ["abc", "a", "fedcba"];

    private readonly string _folder = Directory.CreateTempSubdirectory("warp-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("llama", "LlamaForSequenceClassification", "model.embed_tokens.weight")]
    [InlineData("gpt2", "GPT2ForSequenceClassification", "transformer.wte.weight")]
    [InlineData("gpt_neox", "GPTNeoXForSequenceClassification", "gpt_neox.embed_in.weight")]
    [InlineData("gemma2", "Gemma2ForSequenceClassification", "model.embed_tokens.weight")]
    public void What_is_saved_is_in_the_layout_of_transformers_and_loads_again(string modelType, string className, string embedding)
    {
        var config = new DecoderConfig
        {
            ModelType = modelType,
            VocabularySize = 12,
            HiddenSize = 16,
            IntermediateSize = 24,
            Layers = 2,
            Heads = 2,
            RotaryFraction = modelType == "gpt_neox" ? 0.5 : 1,
            MaxPositions = 64,
        };
        using var model = Classifiers.Make(config: config);
        model.SavePretrained(_folder);

        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder, "config.json")));
        Assert.Equal([className], file.RootElement.GetProperty("architectures").EnumerateArray().Select(c => c.GetString()));
        Assert.Equal("""{"0":"LABEL_0"}""", JsonSerializer.Serialize(file.RootElement.GetProperty("id2label")));
        Assert.Equal("""{"LABEL_0":0}""", JsonSerializer.Serialize(file.RootElement.GetProperty("label2id")));
        Assert.Equal(0, file.RootElement.GetProperty("pad_token_id").GetInt32());
        using (var checkpoint = Checkpoint.Open(_folder))
        {
            Assert.Equal([1, 16], checkpoint[SequenceClassifier.HeadName].Shape);
            Assert.Equal([12, 16], checkpoint[embedding].Shape);
            Assert.Equal(model.Weights.Select(w => w.Name).Order(StringComparer.Ordinal), checkpoint.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
        }

        using var again = SequenceClassifierRewardModel.FromPretrained(_folder, tokenizer: Classifiers.Tokenizer);
        Assert.Equal(model.Score(Texts), again.Score(Texts));
        again.SavePretrained(_folder, new() { Overwrite = true });
        using var third = SequenceClassifierRewardModel.FromPretrained(_folder, tokenizer: Classifiers.Tokenizer, type: ScalarType.Float64);
        for (var i = 0; i < Texts.Length; i++)
            Assert.Equal(model.Score(Texts)[i].Value, third.Score(Texts)[i].Value, Tolerance.Float32);
    }

    [Fact]
    public void A_model_that_was_loaded_keeps_what_its_configuration_says()
    {
        using var model = Classifiers.Make();
        model.SavePretrained(_folder);
        var config = Path.Combine(_folder, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"architectures\"", "\"mine\": \"kept\", \"problem_type\": \"regression\", \"architectures\"", StringComparison.Ordinal));
        using var loaded = SequenceClassifierRewardModel.FromPretrained(_folder, tokenizer: Classifiers.Tokenizer);
        var copy = Path.Combine(_folder, "copy");
        loaded.SavePretrained(copy, new() { Type = ScalarType.BFloat16 });
        using var file = JsonDocument.Parse(File.ReadAllText(Path.Combine(copy, "config.json")));
        Assert.Equal("kept", file.RootElement.GetProperty("mine").GetString());
        Assert.Equal("bfloat16", file.RootElement.GetProperty("torch_dtype").GetString());
        Assert.Equal("pt", Safetensors.ReadMetadata(copy)["format"]);
        using var narrow = SequenceClassifierRewardModel.FromPretrained(copy, tokenizer: Classifiers.Tokenizer);
        Assert.Equal(model.Score(Texts)[0].Value, narrow.Score(Texts)[0].Value, Tolerance.BFloat16);
    }

    [Fact]
    public void Tokenizer_files_come_along()
    {
        var source = SharedData.Path("data", "TinyStories-656K");
        using var policy = CausalLmPolicy.FromPretrained(source);
        using var model = SequenceClassifierRewardModel.FromDecoder(policy.Decoder, policy.Tokenizer, new RandomStream(1));
        model.SavePretrained(_folder, tokenizerFrom: source);
        using var again = SequenceClassifierRewardModel.FromPretrained(_folder);
        Assert.Equal(File.ReadAllBytes(Path.Combine(source, "tokenizer.json")), File.ReadAllBytes(Path.Combine(_folder, "tokenizer.json")));
        Assert.Equal(model.Score(["Once upon a time"]), again.Score(["Once upon a time"]));
    }

    [Fact]
    public void What_is_no_reward_model_is_refused()
    {
        var language = Path.Combine(_folder, "language");
        using (var policy = Tiny.Policy())
            policy.SavePretrained(language);
        string Refusal(string folder, ITokenizer? tokenizer) =>
            Assert.Throws<PretrainedModelException>(() => SequenceClassifierRewardModel.FromPretrained(folder, tokenizer: tokenizer)).Message;
        Assert.Contains("it has no 'score.weight', so it is no reward model; to train one from a language model", Refusal(language, Classifiers.Tokenizer), StringComparison.Ordinal);
        Assert.Contains("it has no tokenizer (tokenizer.json or tokenizer.model)", Refusal(language, tokenizer: null), StringComparison.Ordinal);

        using var model = Classifiers.Make();
        using var weights = model.Weights.Clone();
        var wide = Path.Combine(_folder, "wide");
        model.SavePretrained(wide);
        using var two = zeros(2, 16);
        using var altered = ParameterSet.Copy(weights.Select(w => KeyValuePair.Create(w.Name, w.Name == SequenceClassifier.HeadName ? two : w.Tensor)));
        Safetensors.Save(Path.Combine(wide, "model.safetensors"), altered);
        Assert.Contains("'score.weight' is [2, 16]: it is a classifier with 2 labels, and a reward model has one; train it with num_labels=1", Refusal(wide, Classifiers.Tokenizer), StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(() => SequenceClassifierRewardModel.FromPretrained(Path.Combine(_folder, "none")));
        Assert.ThrowsAny<IOException>(() => model.SavePretrained(wide)); // not overwritten unless told to
    }

    [Fact]
    public void Loading_leaves_nothing_behind()
    {
        using (var model = Classifiers.Make())
            model.SavePretrained(_folder);
        LiveTensors.AssertNoneLeft(() =>
        {
            using var model = SequenceClassifierRewardModel.FromPretrained(_folder, tokenizer: Classifiers.Tokenizer);
            model.Score(Texts);
            model.SavePretrained(_folder, new() { Overwrite = true });
        });
    }
}
