using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Warp.Transformers;

/// <summary>Writes settings as a <c>config.json</c>.</summary>
internal sealed class ConfigWriter
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    private readonly JsonObject _file = [];

    internal ConfigWriter Add(string key, JsonNode? value)
    {
        _file[key] = value;
        return this;
    }

    /// <summary>A real number, with a point or an exponent even where it is whole: transformers 5 refuses a whole number in its place.</summary>
    internal ConfigWriter AddReal(string key, double? value) => Add(key, value is { } number ? Real(number) : (JsonNode?)null);

    internal ConfigWriter Add(string key, MlpActivation activation) => Add(key, MlpActivations.NameOf(activation));

    internal ConfigWriter Add(string key, RopeScaling? scaling) => Add(key, scaling switch
    {
        LinearRopeScaling => new JsonObject { ["rope_type"] = "linear", ["factor"] = Real(scaling.Factor) },
        Llama3RopeScaling llama3 => new JsonObject
        {
            ["rope_type"] = "llama3",
            ["factor"] = Real(llama3.Factor),
            ["low_freq_factor"] = Real(llama3.LowFrequencyFactor),
            ["high_freq_factor"] = Real(llama3.HighFrequencyFactor),
            ["original_max_position_embeddings"] = llama3.OriginalMaxPositions,
        },
        _ => (JsonNode?)null,
    });

    public override string ToString() => _file.ToJsonString(Indented) + "\n";

    private static JsonNode? Real(double value)
    {
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0");
    }
}
