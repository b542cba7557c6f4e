namespace Warp;

/// <summary>Ties of head and embedding that no config and no metadata tell, but several checkpoints of one model together do.</summary>
internal static class UntoldTies
{
    /// <summary>
    /// Where a checkpoint has one tensor for head and embedding, another that stores both with equal bytes has them tied too. If all of them
    /// store both, they are tied if the bytes are equal in every one. Nothing is tied against a config that says no.
    /// </summary>
    /// <returns>By checkpoint, its tensors; a head that turns out to be the embedding is left out and becomes its alias.</returns>
    internal static IReadOnlyList<IReadOnlyList<CheckpointTensor>> Restore(IReadOnlyList<Checkpoint> checkpoints)
    {
        var ends = checkpoints.Select(c => CheckpointTies.Ends(c.Tensors)).ToList();
        var apart = Enumerable.Range(0, ends.Count).Where(k => ends[k] is ([_], [_])).ToList();
        var isToldByAnother = ends.Exists(e => e.Embeddings.Count + e.Heads.Count == 1);
        bool IsTied(int k) => checkpoints[k].ConfigTies != CheckpointConfig.Ties.No
            && CheckpointTies.AreOne(ends[k].Embeddings[0], ends[k].Heads[0], (a, b) => checkpoints[k].ContentEquals(a, checkpoints[k], b));

        var tied = isToldByAnother ? apart.Where(IsTied).ToHashSet()
            : apart.Count == checkpoints.Count && apart.TrueForAll(IsTied) ? apart.ToHashSet()
            : [];
        return [.. checkpoints.Select((c, k) => tied.Contains(k) ? CheckpointTies.Join(c.Tensors, ends[k].Embeddings[0], ends[k].Heads[0]) : c.Tensors)];
    }
}
