using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Warp.Tool.Output;

/// <summary>What <c>merge --json</c> prints. The names are part of the tool's contract (docs/tool.md).</summary>
internal sealed record MergeOutcome(
    string Method,
    string Granularity,
    double? Lambda,
    double? Eta,
    string Dtype,
    string Init,
    IReadOnlyList<string> Policies,
    string Output,
    IReadOnlyList<string> Files,
    IReadOnlyList<MergeGroup> Groups,
    IReadOnlyList<string> Warnings);

/// <summary>What <c>liti --json</c> prints.</summary>
internal sealed record LitiOutcome(string Init, string Target, string Dtype, IReadOnlyList<LitiOutput> Outputs);

/// <summary>One interpolated checkpoint.</summary>
internal sealed record LitiOutput(double Eta, string Path);

/// <summary>What <c>inspect --json</c> prints.</summary>
internal sealed record InspectOutcome(
    string Granularity,
    string Init,
    IReadOnlyList<string> Policies,
    IReadOnlyList<MergeGroup> Groups,
    IReadOnlyList<IReadOnlyList<double?>> FullWeightAnglesDegrees,
    IReadOnlyList<string> Warnings,
    string? Plot);

/// <summary>What <c>generate --json</c> prints; log-probabilities are at temperature 1, in nats.</summary>
internal sealed record GenerateOutcome(
    [property: JsonPropertyName("prompt_ids")] IReadOnlyList<int> PromptIds,
    [property: JsonPropertyName("completion_ids")] IReadOnlyList<int> CompletionIds,
    [property: JsonPropertyName("log_probs")] IReadOnlyList<float> LogProbabilities,
    string Text);

/// <summary>Results as JSON.</summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new FiniteNumbers() },
    };

    internal static string Of<T>(T result) => JsonSerializer.Serialize(result, Options);

    /// <summary>JSON has no infinity and no NaN: null stands for both.</summary>
    private sealed class FiniteNumbers : JsonConverter<double>
    {
        public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.GetDouble();

        public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
        {
            if (double.IsFinite(value))
                writer.WriteNumberValue(value);
            else
                writer.WriteNullValue();
        }
    }
}
