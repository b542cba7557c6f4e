using System.Text.Json;
using Warp.Transformers;

namespace Warp.Tests;

/// <summary>A tiny Llama checkpoint with what transformers 4.47 computed from it.</summary>
internal sealed class LlamaReference
{
    private readonly JsonElement _expected;

    private LlamaReference(string folder)
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        _expected = expected.RootElement.Clone();
        var settings = config.RootElement;
        var shape = new DecoderConfig
        {
            VocabularySize = settings.GetProperty("vocab_size").GetInt32(),
            HiddenSize = settings.GetProperty("hidden_size").GetInt32(),
            IntermediateSize = settings.GetProperty("intermediate_size").GetInt32(),
            Layers = settings.GetProperty("num_hidden_layers").GetInt32(),
            Heads = settings.GetProperty("num_attention_heads").GetInt32(),
            KeyValueHeads = settings.GetProperty("num_key_value_heads").GetInt32(),
            HeadSize = settings.GetProperty("head_dim").GetInt32(),
            MaxPositions = settings.GetProperty("max_position_embeddings").GetInt32(),
            RmsNormEpsilon = settings.GetProperty("rms_norm_eps").GetDouble(),
            RopeTheta = settings.GetProperty("rope_theta").GetDouble(),
            TieWordEmbeddings = settings.GetProperty("tie_word_embeddings").GetBoolean(),
        };
        Policy = CausalLmPolicy.Create(
            shape, new TestTokenizer([settings.GetProperty("eos_token_id").GetInt32()], settings.GetProperty("pad_token_id").GetInt32()), new RandomStream(0));
        using var weights = Safetensors.Load(Path.Combine(folder, "model.safetensors"));
        Policy.Weights.CopyFrom(weights);
    }

    public CausalLmPolicy Policy { get; }

    /// <summary>Skips the test when the reference data is not there.</summary>
    public static LlamaReference Load(string name) => new(SharedData.Path("oracle", "models", name));

    /// <summary>The tokens of a row without its padding.</summary>
    public int[] Row(int row) =>
        [.. Ints("input_ids", row).Zip(Ints("attention_mask", row)).Where(token => token.Second == 1).Select(token => token.First)];

    /// <summary>[3, vocabulary]: the logits at a row's last three tokens.</summary>
    public float[][] LastLogits(int row) =>
        [.. _expected.GetProperty("logits_last3")[row].EnumerateArray().Select(Floats)];

    /// <summary>The log-probabilities of a row's tokens but the first.</summary>
    public float[] LogProbabilities(int row) => Floats(_expected.GetProperty("token_logprobs")[row])[^(Row(row).Length - 1)..];

    /// <summary>The greedy continuation of a row.</summary>
    public int[] Greedy(int row) =>
        [.. _expected.GetProperty(row == 0 ? "greedy_row0" : "greedy_row1_leftpadded").EnumerateArray().Select(id => id.GetInt32())];

    private static float[] Floats(JsonElement array) => [.. array.EnumerateArray().Select(value => value.GetSingle())];

    private int[] Ints(string name, int row) => [.. _expected.GetProperty(name)[row].EnumerateArray().Select(value => value.GetInt32())];
}
