namespace Warp.Transformers;

/// <summary>The table of architectures.</summary>
internal static class KnownArchitectures
{
    internal static IReadOnlyList<Architecture> All { get; } =
        [LlamaFamily.Llama, LlamaFamily.Mistral, LlamaFamily.Qwen2, LlamaFamily.Gemma, LlamaFamily.Gemma2, Gpt2.Row, GptNeoX.Row];

    /// <summary>The row of a model type; null if it is not known.</summary>
    internal static Architecture? Find(string? modelType) => All.FirstOrDefault(a => a.ModelType == modelType);

    /// <summary>The row of a valid configuration.</summary>
    internal static Architecture Of(DecoderConfig config) =>
        Find(config.ModelType) ?? throw new ArgumentException($"The model type '{config.ModelType}' is not known.", nameof(config));
}
