namespace Warp;

/// <summary>One tensor of the first of several checkpoints, with what corresponds to it in the others.</summary>
/// <param name="Tensor">The tensor of the first checkpoint. Its name is the one to write.</param>
/// <param name="Others">
/// By checkpoint after the first. Null only where <see cref="CheckpointTensor.IsTrainable"/> is false and the checkpoint does not store the
/// buffer (a mask that other versions of a library leave out).
/// </param>
public sealed record AlignedTensor(CheckpointTensor Tensor, IReadOnlyList<CheckpointTensor?> Others);

/// <summary>Finds the same tensors in several checkpoints of one model.</summary>
public static class CheckpointAlignment
{
    /// <summary>Pairs the tensors of the first checkpoint with those of the others, before anything is merged.</summary>
    /// <remarks>
    /// Names are looked up as they are, then without the prefixes of <see cref="CheckpointNames.Canonical"/> if that leaves no doubt. A
    /// lone head corresponds to a lone embedding: a model that stores only one of them has them tied. If the first has head and embedding
    /// tied and another stores both with equal bytes, that is the same too. Masks and other buffers of the architecture may be missing.
    /// </remarks>
    /// <param name="checkpoints">At least one.</param>
    /// <param name="labels">What messages call each checkpoint; their paths by default.</param>
    /// <returns>One row per tensor of the first checkpoint, in its order.</returns>
    /// <exception cref="ParameterMismatchException">Names, ties, shapes or types differ; the message lists every difference.</exception>
    public static IReadOnlyList<AlignedTensor> Align(IReadOnlyList<Checkpoint> checkpoints, IReadOnlyList<string>? labels = null)
    {
        ArgumentNullException.ThrowIfNull(checkpoints);
        if (checkpoints.Count == 0)
            throw new ArgumentException("There must be at least one checkpoint.", nameof(checkpoints));
        if (labels is not null && labels.Count != checkpoints.Count)
            throw new ArgumentException($"There are {labels.Count} labels for {checkpoints.Count} checkpoints.", nameof(labels));
        labels ??= [.. checkpoints.Select(c => c.Path)];
        var first = checkpoints[0];
        var differences = new List<ParameterDifference>();
        var columns = checkpoints.Skip(1).Select((other, i) => Match(first, other, labels[0], labels[i + 1], differences)).ToList();
        if (differences.Count > 0)
            throw new ParameterMismatchException(differences, first.Tensors.Count, Remedy(differences));
        return [.. first.Tensors.Select((tensor, i) => new AlignedTensor(tensor, [.. columns.Select(c => c[i])]))];
    }

    private static CheckpointTensor?[] Match(Checkpoint first, Checkpoint other, string firstLabel, string otherLabel, List<ParameterDifference> differences)
    {
        var (mine, theirs) = (new NameLookup(first), new NameLookup(other));
        var used = new Dictionary<CheckpointTensor, CheckpointTensor>();
        var column = new CheckpointTensor?[first.Tensors.Count];
        for (var i = 0; i < column.Length; i++)
        {
            var tensor = first.Tensors[i];
            var found = tensor.Aliases.Prepend(tensor.Name).Select(name => theirs.Find(name, mine)).OfType<CheckpointTensor>().Distinct().ToList();
            if (found.Count == 0)
            {
                if (!CheckpointNames.IsOptional(tensor))
                    differences.Add(ParameterDifference.Missing(tensor.Name, firstLabel, otherLabel));
                continue;
            }

            column[i] = found[0];
            foreach (var match in found)
            {
                if (!used.TryAdd(match, tensor))
                    differences.Add(new($"'{used[match].Name}' and '{tensor.Name}' are two tensors in {firstLabel} but one, '{match.Name}', in {otherLabel}"));
                Compare(tensor, match, firstLabel, otherLabel, differences);
            }

            if (found.Skip(1).Any(f => !other.ContentEquals(found[0], other, f)))
                differences.Add(new($"'{tensor.Name}' is tied as {Names(tensor)} in {firstLabel}, but in {otherLabel} these are tensors with different values"));
        }

        differences.AddRange(other.Tensors
            .Where(t => !used.ContainsKey(t) && !CheckpointNames.IsOptional(t))
            .Select(t => ParameterDifference.Missing(t.Name, otherLabel, firstLabel)));
        return column;
    }

    private static void Compare(CheckpointTensor tensor, CheckpointTensor match, string firstLabel, string otherLabel, List<ParameterDifference> differences)
    {
        if (!tensor.Shape.SequenceEqual(match.Shape))
            differences.Add(ParameterDifference.Shape(tensor.Name, tensor.Shape, match.Shape, firstLabel, otherLabel));
        if (tensor.TypeName != match.TypeName)
            differences.Add(ParameterDifference.Type(tensor.Name, tensor.TypeName, match.TypeName, firstLabel, otherLabel));
    }

    /// <summary>What to do when nothing but the types differs.</summary>
    private static string? Remedy(List<ParameterDifference> differences) => differences.TrueForAll(d => d.Collective is not null)
        ? "Bring them to one type first: 'dotnet warp liti --init X --target X --eta 0 --dtype f32 --out Y' converts a checkpoint, "
            + $"as does {nameof(CheckpointMerger)}.{nameof(CheckpointMerger.Interpolate)} with an output type."
        : null;

    private static string Names(CheckpointTensor tensor) => $"[{string.Join(", ", tensor.Aliases.Prepend(tensor.Name).Order(StringComparer.Ordinal))}]";

    /// <summary>The names of one checkpoint, exact and canonical.</summary>
    private sealed class NameLookup
    {
        private readonly Checkpoint _checkpoint;
        private readonly Dictionary<string, CheckpointTensor?> _canonical = new(StringComparer.Ordinal);
        private readonly CheckpointTensor? _loneEnd;

        internal NameLookup(Checkpoint checkpoint)
        {
            _checkpoint = checkpoint;
            foreach (var tensor in checkpoint.Tensors)
            {
                foreach (var canonical in tensor.Aliases.Prepend(tensor.Name).Select(CheckpointNames.Canonical).Distinct(StringComparer.Ordinal))
                {
                    // Two tensors with one canonical name: neither has it.
                    if (!_canonical.TryAdd(canonical, tensor))
                        _canonical[canonical] = null;
                }
            }

            var ends = checkpoint.Tensors.Where(t => CheckpointNames.IsEmbedding(t.Name) || CheckpointNames.IsHead(t.Name)).Take(2).ToList();
            _loneEnd = ends.Count == 1 ? ends[0] : null;
        }

        internal CheckpointTensor? Find(string name, NameLookup asker)
        {
            if (_checkpoint.TryGet(name, out var exact))
                return exact;
            var canonical = CheckpointNames.Canonical(name);
            if (asker._canonical.GetValueOrDefault(canonical) is not null && _canonical.GetValueOrDefault(canonical) is { } found)
                return found;
            return asker._loneEnd is { } lone && lone.Aliases.Prepend(lone.Name).Contains(name, StringComparer.Ordinal) ? _loneEnd : null;
        }
    }
}
