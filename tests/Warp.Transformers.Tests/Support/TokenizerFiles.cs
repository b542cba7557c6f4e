using System.Text.Json;
using System.Text.Json.Nodes;
using Warp.Transformers;

namespace Warp.Tests;

/// <summary>A folder with the files of a tokenizer, gone when disposed.</summary>
internal sealed class TokenizerFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("warp-tokenizer-");

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string Path => _folder.FullName;

    public static JsonNode Node(string json) => JsonNode.Parse(json)!;

    /// <summary>A setting of a file that is not there.</summary>
    public static Setting Setting(string json) => new(JsonDocument.Parse(json).RootElement, "tokenizer.json", "setting");

    public TokenizerFiles With(string file, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(Path, file), content);
        return this;
    }

    public TokenizerFiles With(string file, byte[] content)
    {
        File.WriteAllBytes(System.IO.Path.Combine(Path, file), content);
        return this;
    }

    /// <summary>Writes <c>tokenizer.json</c> of a byte-pair model; what is null is absent.</summary>
    public TokenizerFiles WithBpe(
        IEnumerable<string> vocabulary,
        IEnumerable<(string Left, string Right)> merges,
        string? normalizer = null,
        string? preTokenizer = null,
        string? decoder = """{"type":"Fuse"}""",
        string? postProcessor = null,
        string? added = null,
        string model = "{}",
        bool mergesAsText = false)
    {
        var bpe = Node(model).AsObject();
        bpe["type"] ??= "BPE";
        bpe["vocab"] ??= new JsonObject(vocabulary.Select((token, id) => KeyValuePair.Create(token, (JsonNode?)JsonValue.Create(id))));
        bpe["merges"] ??= new JsonArray([.. merges.Select(merge => mergesAsText
            ? (JsonNode)JsonValue.Create($"{merge.Left} {merge.Right}")
            : new JsonArray(merge.Left, merge.Right))]);
        var file = new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = added is null ? new JsonArray() : Node(added),
            ["normalizer"] = normalizer is null ? null : Node(normalizer),
            ["pre_tokenizer"] = preTokenizer is null ? null : Node(preTokenizer),
            ["post_processor"] = postProcessor is null ? null : Node(postProcessor),
            ["decoder"] = decoder is null ? null : Node(decoder),
            ["model"] = bpe,
        };
        return With("tokenizer.json", file.ToJsonString(Plain));
    }

    public PretrainedTokenizer Load() => PretrainedTokenizer.Load(Path);

    /// <summary>The message with which loading fails, without the folder's path.</summary>
    public string Refusal() => Assert.Throws<TokenizerException>(Load).Message.Replace(Path + System.IO.Path.DirectorySeparatorChar, "");

    public void Dispose() => _folder.Delete(recursive: true);
}
