using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Warp.Transformers;

/// <summary>The <c>config.json</c> of a reward model: that of its decoder with the class and the one label of a sequence classifier.</summary>
internal static class ClassifierConfig
{
    private const string Suffix = "ForSequenceClassification";

    // What the classes of language models end in.
    private static readonly string[] LanguageModelSuffixes = ["ForCausalLM", "LMHeadModel"];

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The text.</summary>
    /// <param name="decoderConfig">The configuration of the decoder, as JSON.</param>
    /// <param name="config">The same as settings.</param>
    /// <param name="padTokenId">Transformers needs it to find where a text ends.</param>
    /// <param name="type">The type of the weights as the file calls it.</param>
    internal static string Text(string decoderConfig, DecoderConfig config, int padTokenId, string type)
    {
        var file = JsonNode.Parse(decoderConfig)!.AsObject();
        file["architectures"] = new JsonArray(ClassName(config));
        file["id2label"] = new JsonObject { ["0"] = "LABEL_0" };
        file["label2id"] = new JsonObject { ["LABEL_0"] = 0 };
        file.Remove("num_labels"); // the labels say it
        file["pad_token_id"] = padTokenId;
        file[file.ContainsKey("dtype") && !file.ContainsKey("torch_dtype") ? "dtype" : "torch_dtype"] = type;
        return file.ToJsonString(Indented) + "\n";
    }

    private static string ClassName(DecoderConfig config)
    {
        var name = KnownArchitectures.Of(config).ClassName;
        return LanguageModelSuffixes.Where(s => name.EndsWith(s, StringComparison.Ordinal)).Select(s => name[..^s.Length] + Suffix).FirstOrDefault(name);
    }
}
