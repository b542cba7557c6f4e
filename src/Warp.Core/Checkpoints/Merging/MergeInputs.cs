namespace Warp;

/// <summary>The checkpoints that are merged, opened, with their tensors paired.</summary>
internal sealed class MergeInputs : IDisposable
{
    private MergeInputs(IReadOnlyList<Checkpoint> checkpoints, IReadOnlyList<string> labels)
    {
        (Checkpoints, Labels) = (checkpoints, labels);
        Rows = CheckpointAlignment.Align(checkpoints, [.. labels.Select((_, k) => Named(k))]);
        Trainable = [.. Rows.Where(r => r.Tensor.IsTrainable)];
        Frozen = [.. Rows.Where(r => !r.Tensor.IsTrainable)];
    }

    /// <summary>θ_init, then the others.</summary>
    internal IReadOnlyList<Checkpoint> Checkpoints { get; }

    /// <summary>What messages call them.</summary>
    internal IReadOnlyList<string> Labels { get; }

    internal IReadOnlyList<AlignedTensor> Rows { get; }

    internal IReadOnlyList<AlignedTensor> Trainable { get; }

    internal IReadOnlyList<AlignedTensor> Frozen { get; }

    internal Checkpoint Init => Checkpoints[0];

    /// <summary>Bytes that <see cref="CheckFrozen"/> reads.</summary>
    internal long FrozenCheckBytes => Compared.Sum(r => 2 * r.Tensor.ByteCount * r.Others.Count(o => o is not null));

    // Masks that may be missing may differ too: θ_init's are taken.
    private IEnumerable<AlignedTensor> Compared => Frozen.Where(r => !CheckpointNames.IsOptional(r.Tensor));

    /// <exception cref="ParameterMismatchException">Names, ties, shapes or types differ; all are listed.</exception>
    internal static MergeInputs Open(IReadOnlyList<string> paths, IReadOnlyList<string> labels)
    {
        var opened = new List<Checkpoint>();
        try
        {
            foreach (var path in paths)
                opened.Add(Checkpoint.Open(path));
            return new(opened, labels);
        }
        catch
        {
            opened.ForEach(c => c.Dispose());
            throw;
        }
    }

    /// <summary>What messages call a checkpoint, with its path.</summary>
    private string Named(int k) => $"{Labels[k]} ('{Checkpoints[k].Path}')";

    /// <summary>Sorts what is trainable into groups.</summary>
    internal IReadOnlyList<TensorGroup> Group(MergeOptions options)
    {
        var rule = LayerGrouping.Rule(options);
        return [.. Trainable.GroupBy(r => rule(r.Tensor.Name), StringComparer.Ordinal).Select(g => new TensorGroup(g.Key, [.. g]))];
    }

    /// <summary>Checks that what is carried over is the same in all inputs, byte for byte, except for the masks of old checkpoints.</summary>
    /// <exception cref="ParameterMismatchException">It is not; all tensors are listed.</exception>
    internal void CheckFrozen(ByteProgress progress, CancellationToken cancellationToken)
    {
        var differences = new List<ParameterDifference>();
        foreach (var row in Compared)
        {
            for (var k = 1; k < Checkpoints.Count; k++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (row.Others[k - 1] is not { } other)
                    continue;
                if (!Init.ContentEquals(row.Tensor, Checkpoints[k], other))
                    ParameterDifference.Note(differences, ParameterDifference.Values(row.Tensor.Name, Named(0), Named(k)));
                progress.Add(2 * row.Tensor.ByteCount);
                progress.Report(ByteProgress.Measuring);
            }
        }

        if (differences.Count > 0)
            throw new ParameterMismatchException(differences, Rows.Count);
    }

    public void Dispose()
    {
        foreach (var checkpoint in Checkpoints)
            checkpoint.Dispose();
    }
}
