using System.Text.Json;

namespace Warp;

/// <summary>What a folder's <c>config.json</c> says about the weights.</summary>
internal static class CheckpointConfig
{
    /// <summary>Real ones have kilobytes.</summary>
    internal const long MaxBytes = 1 << 24;

    private const string Key = "tie_word_embeddings";

    /// <summary>
    /// Whether the head is the embedding: yes, no, or null when there is no config or it cannot be read as JSON. Transformers leaves the
    /// setting out when it is its default, true; so absence in a readable config is <see cref="Ties.Perhaps"/>.
    /// </summary>
    /// <param name="folder">Where it is looked for; see <see cref="CheckpointFolder.Resolve"/>.</param>
    /// <exception cref="SafetensorsException">It is a link that leads out of the folder, or larger than <see cref="MaxBytes"/>.</exception>
    internal static Ties Read(string folder)
    {
        if (CheckpointFolder.Resolve(folder, CheckpointFolder.ConfigFile) is not { } real)
            return Ties.Unknown;
        var bytes = BoundedFile.Read(real, MaxBytes, Path.Combine(folder, CheckpointFolder.ConfigFile));
        if (bytes.Length == 0)
            return Ties.Unknown;
        try
        {
            using var json = JsonDocument.Parse(bytes);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return Ties.Unknown;
            if (Find(json.RootElement) is { } found)
                return found;
            return json.RootElement.TryGetProperty("text_config", out var text) && text.ValueKind == JsonValueKind.Object && Find(text) is { } nested ? nested : Ties.Perhaps;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return Ties.Unknown; // Python writes Infinity, which is not JSON; then the files alone have to tell.
        }
    }

    private static Ties? Find(JsonElement config) => !config.TryGetProperty(Key, out var value)
        ? null
        : value.ValueKind switch
        {
            JsonValueKind.True => Ties.Yes,
            JsonValueKind.False => Ties.No,
            _ => null,
        };

    internal enum Ties
    {
        /// <summary>Nothing is said.</summary>
        Unknown,

        /// <summary>The config does not mention it.</summary>
        Perhaps,

        /// <summary>Tied.</summary>
        Yes,

        /// <summary>Not tied.</summary>
        No,
    }
}
