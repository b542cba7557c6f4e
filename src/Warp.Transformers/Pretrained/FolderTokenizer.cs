using System.Text.Json;

namespace Warp.Transformers;

/// <summary>Finds the tokenizer that a folder comes with.</summary>
internal static class FolderTokenizer
{
    private const string GenerationFile = "generation_config.json";

    /// <summary>The folder's tokenizer.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="config">Its configuration.</param>
    internal static ITokenizer Find(string folder, PretrainedConfig config) =>
        PretrainedTokenizer.Exists(folder) ? PretrainedTokenizer.Load(folder) : WithoutText(folder, config);

    /// <summary>The special ids alone: of <c>generation_config.json</c>, else of <c>config.json</c>, else those that transformers assumes.</summary>
    /// <remarks>Ids outside the vocabulary cannot come up, and are left out.</remarks>
    private static TokenIdsOnly WithoutText(string folder, PretrainedConfig config)
    {
        var path = Path.Combine(folder, GenerationFile);
        JsonElement[] files = PretrainedConfig.ReadText(path) is { } text ? [PretrainedConfig.Json(text, path), config.File] : [config.File];
        var assumed = KnownArchitectures.Of(config.Decoder).SpecialIds;
        var ends = Ids(files, "eos_token_id", assumed.End, config);
        var starts = Ids(files, "bos_token_id", assumed.Start, config);
        var pads = Ids(files, "pad_token_id", assumed.Pad, config);
        return new(folder, starts.Count > 0 ? starts[0] : null, ends, pads.Count > 0 ? pads[0] : ends.Count > 0 ? ends[0] : 0);
    }

    private static List<int> Ids(JsonElement[] files, string key, int? assumed, PretrainedConfig config)
    {
        List<int> ids = assumed is { } id ? [id] : [];
        foreach (var file in files)
        {
            if (!file.TryGetProperty(key, out var value))
                continue;
            JsonElement[] values = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
            ids = [.. values.Where(v => v.ValueKind == JsonValueKind.Number && v.TryGetInt32(out _)).Select(v => v.GetInt32())];
            break;
        }

        ids.RemoveAll(i => i < 0 || i >= config.Decoder.VocabularySize);
        return ids;
    }
}
