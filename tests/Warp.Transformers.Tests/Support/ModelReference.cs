using System.Text.Json;
using TorchSharp;
using Warp.Transformers;

namespace Warp.Tests;

/// <summary>A tiny checkpoint with what transformers 4.47 computed from it.</summary>
internal sealed class ModelReference
{
    private readonly string _folder;
    private readonly JsonElement _expected;

    private ModelReference(string folder)
    {
        _folder = folder;
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        _expected = expected.RootElement.Clone();
    }

    /// <summary>Skips the test when the reference data is not there.</summary>
    public static ModelReference Load(string name) => new(SharedData.Path("oracle", "models", name));

    /// <param name="type">The reference was computed in float32, also that of weights stored in bfloat16.</param>
    public CausalLmPolicy Policy(torch.ScalarType? type = torch.ScalarType.Float32) => CausalLmPolicy.FromPretrained(_folder, type: type);

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
