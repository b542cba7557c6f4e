namespace Warp;

/// <summary>Finds the tensors that are one: by the metadata, and for head and embedding by the config.</summary>
internal static class CheckpointTies
{
    /// <param name="tensors">As stored.</param>
    /// <param name="metadata">Ties are entries alias → name.</param>
    /// <param name="ties">What the config says of head and embedding.</param>
    /// <param name="areEqual">Compares the bytes of two tensors.</param>
    /// <returns>The tensors with their aliases. A head that is stored beside an equal embedding is left out and becomes its alias.</returns>
    internal static IReadOnlyList<CheckpointTensor> Restore(
        IReadOnlyList<CheckpointTensor> tensors, IReadOnlyDictionary<string, string> metadata, CheckpointConfig.Ties ties, Func<CheckpointTensor, CheckpointTensor, bool> areEqual)
    {
        var aliases = TieMetadata.Aliases(tensors.Select(t => t.Name), metadata);
        var result = tensors.Select(t => aliases[t.Name].Any() ? t.WithAliases([.. aliases[t.Name]]) : t).ToList();
        if (ties is CheckpointConfig.Ties.Unknown or CheckpointConfig.Ties.No)
            return result;
        var (embeddings, heads) = Ends(result);
        if (embeddings is [var embedding] && heads is [var head])
        {
            if (AreOne(embedding, head, areEqual))
                return Join(result, embedding, head);
        }
        else if (ties == CheckpointConfig.Ties.Yes && embeddings.Count + heads.Count == 1)
        {
            var lone = embeddings.Count == 1 ? embeddings[0] : heads[0];
            var names = tensors.Select(t => t.Name);
            var alias = heads.Count == 0 ? CheckpointNames.HeadOf(names) : CheckpointNames.EmbeddingOf(names);
            if (alias is not null && lone.Aliases.Count == 0 && !result.Any(t => t.Aliases.Contains(alias, StringComparer.Ordinal)))
                result[result.IndexOf(lone)] = lone.WithAliases([alias]);
        }

        return result;
    }

    /// <summary>The tensors that are named like an embedding and those that are named like a head; two of each at most.</summary>
    internal static (List<CheckpointTensor> Embeddings, List<CheckpointTensor> Heads) Ends(IReadOnlyList<CheckpointTensor> tensors) => (
        tensors.Where(t => CheckpointNames.IsEmbedding(t.Name)).Take(2).ToList(),
        tensors.Where(t => CheckpointNames.IsHead(t.Name)).Take(2).ToList());

    /// <summary>Whether head and embedding that are stored apart hold the same.</summary>
    internal static bool AreOne(CheckpointTensor embedding, CheckpointTensor head, Func<CheckpointTensor, CheckpointTensor, bool> areEqual) =>
        embedding.Type == head.Type && embedding.Shape.SequenceEqual(head.Shape) && areEqual(embedding, head);

    /// <summary>The tensors without the head, which becomes an alias of the embedding.</summary>
    internal static IReadOnlyList<CheckpointTensor> Join(IReadOnlyList<CheckpointTensor> tensors, CheckpointTensor embedding, CheckpointTensor head)
    {
        var joined = embedding.WithAliases([.. embedding.Aliases, head.Name, .. head.Aliases]);
        return [.. tensors.Where(t => t != head).Select(t => t == embedding ? joined : t)];
    }
}
