namespace Warp;

/// <summary>Divides rollouts into batches that are bounded by their tokens, padding counted.</summary>
internal static class MicroBatches
{
    /// <summary>
    /// Indices of the rollouts, batch by batch. A policy pads to the longest row, so rows times the longest is what counts; rollouts of like
    /// length go together, the longest first, which also means that too small a memory shows at once.
    /// </summary>
    /// <param name="rollouts">At least one.</param>
    /// <param name="tokens">The bound; a rollout that is longer by itself stands alone.</param>
    internal static IReadOnlyList<int[]> Divide(IReadOnlyList<Rollout> rollouts, int tokens)
    {
        int[] all = [.. Enumerable.Range(0, rollouts.Count)];
        if (all.Max(Length) * (long)all.Length <= tokens)
            return [all];

        var batches = new List<int[]>();
        var batch = new List<int>();
        foreach (var index in all.OrderByDescending(Length)) // Stable: what is equally long keeps its order.
        {
            if (batch.Count > 0 && (batch.Count + 1L) * Length(batch[0]) > tokens)
            {
                batches.Add([.. batch]);
                batch.Clear();
            }

            batch.Add(index);
        }

        batches.Add([.. batch]);
        return batches;

        int Length(int index) => rollouts[index].Prompt.TokenIds.Count + rollouts[index].Completion.TokenIds.Count;
    }
}
