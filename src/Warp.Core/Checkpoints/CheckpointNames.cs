namespace Warp;

/// <summary>How checkpoints of one model name its tensors differently.</summary>
public static class CheckpointNames
{
    private static readonly string[] Prefixes = ["module.", "base_model.", "model.", "transformer.", "gpt_neox."];
    private static readonly HashSet<string> Embeddings = new(StringComparer.Ordinal)
    {
        "embed_tokens.weight", "decoder.embed_tokens.weight", "wte.weight", "word_embeddings.weight", "embed_in.weight",
    };
    private static readonly HashSet<string> Heads = new(StringComparer.Ordinal) { "lm_head.weight", "embed_out.weight" };

    // Where the blocks are, there the embedding is: prefix of the blocks, embedding, head.
    private static readonly (string Blocks, string Embedding, string Head)[] Families =
    [
        ("model.layers.", "model.embed_tokens.weight", "lm_head.weight"),
        ("layers.", "embed_tokens.weight", "lm_head.weight"),
        ("model.decoder.layers.", "model.decoder.embed_tokens.weight", "lm_head.weight"),
        ("transformer.h.", "transformer.wte.weight", "lm_head.weight"),
        ("h.", "wte.weight", "lm_head.weight"),
        ("gpt_neox.layers.", "gpt_neox.embed_in.weight", "embed_out.weight"),
    ];

    /// <summary>
    /// The name without the prefixes that depend on which class saved the checkpoint: <c>model.</c>, <c>transformer.</c>, <c>gpt_neox.</c>,
    /// <c>base_model.</c> and <c>module.</c>, repeated or not. <c>model.layers.0.mlp.up_proj.weight</c> becomes
    /// <c>layers.0.mlp.up_proj.weight</c>.
    /// </summary>
    /// <param name="name">A tensor's name.</param>
    public static string Canonical(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var rest = name.AsSpan();
        for (var found = true; found;)
        {
            found = false;
            foreach (var prefix in Prefixes)
            {
                if (rest.Length > prefix.Length && rest.StartsWith(prefix, StringComparison.Ordinal))
                {
                    rest = rest[prefix.Length..];
                    found = true;
                }
            }
        }

        return rest.Length == name.Length ? name : rest.ToString();
    }

    /// <summary>Whether the name is that of a language model's input embedding.</summary>
    /// <param name="name">A tensor's name.</param>
    public static bool IsEmbedding(string name) => Embeddings.Contains(Canonical(name));

    /// <summary>Whether the name is that of a language model's output head.</summary>
    /// <param name="name">A tensor's name.</param>
    public static bool IsHead(string name) => Heads.Contains(Canonical(name));

    /// <summary>Whether a floating-point tensor is a constant of the architecture that old checkpoints store beside the weights.</summary>
    internal static bool IsBuffer(string name, IReadOnlyList<long> shape)
    {
        if (name.EndsWith(".attn.masked_bias", StringComparison.Ordinal) || name.EndsWith(".attention.masked_bias", StringComparison.Ordinal))
            return true;
        if (name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal))
            return true;
        var isMask = name.EndsWith(".attn.bias", StringComparison.Ordinal) || name.EndsWith(".attention.bias", StringComparison.Ordinal);
        return isMask && shape is [1, 1, var rows, var columns] && rows == columns;
    }

    /// <summary>Whether the name alone says that the tensor is a mask that one version of a library stores and another does not.</summary>
    internal static bool IsOptional(CheckpointTensor tensor) => IsBuffer(tensor.Name, tensor.Shape);

    /// <summary>The name that a tied embedding has in a model that stores only the head; null when nothing tells.</summary>
    internal static string? EmbeddingOf(IEnumerable<string> names) => FamilyOf(names)?.Embedding;

    /// <summary>The name that a tied head has in a model that stores only the embedding; null when nothing tells.</summary>
    internal static string? HeadOf(IEnumerable<string> names) => FamilyOf(names)?.Head;

    private static (string Blocks, string Embedding, string Head)? FamilyOf(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            foreach (var family in Families)
            {
                if (name.StartsWith(family.Blocks, StringComparison.Ordinal))
                    return family;
            }
        }

        return null;
    }
}
