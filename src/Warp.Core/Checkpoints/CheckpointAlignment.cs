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
    /// lone head corresponds to a lone embedding: a model that stores only one of them has them tied. If one checkpoint has head and embedding
    /// tied, or only one of them, and another stores both with equal bytes, that is the same too; and so is what all of them store with equal
    /// bytes, unless a config says no: then the head is an alias of the embedding. Masks and other buffers of the architecture may be missing
    /// or differ; the first checkpoint's count.
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
        var lookups = UntoldTies.Restore(checkpoints).Select((tensors, k) => new NameLookup(tensors, checkpoints[k])).ToList();
        var first = lookups[0];
        var differences = new List<ParameterDifference>();
        var columns = lookups.Skip(1).Select((other, i) => Match(first, other, labels[0], labels[i + 1], compareTypes: true, differences)).ToList();
        if (differences.Count > 0)
            throw new ParameterMismatchException(differences, first.Tensors.Count, Remedy(differences));
        return [.. first.Tensors.Select((tensor, i) => new AlignedTensor(tensor, [.. columns.Select(c => c[i])]))];
    }

    /// <summary>Finds the tensors of a model in a checkpoint, before anything is loaded.</summary>
    /// <remarks>
    /// Names are looked up as by <see cref="Align"/>. Types may differ: loading converts. Where no config says whether they are tied, equal head
    /// and embedding serve a model that has them apart.
    /// </remarks>
    /// <param name="model">What the model needs, ties as aliases; a type that is not known yet may be given as any.</param>
    /// <param name="checkpoint">Where to look.</param>
    /// <param name="modelLabel">What messages call the model.</param>
    /// <returns>One tensor of the checkpoint for each of the model's, in their order; null only for a buffer that may be missing.</returns>
    /// <exception cref="ParameterMismatchException">
    /// Tensors are missing, unexpected, tied differently or of other shapes; the message lists all of them.
    /// </exception>
    public static IReadOnlyList<CheckpointTensor?> Find(IReadOnlyList<CheckpointTensor> model, Checkpoint checkpoint, string modelLabel = "the model")
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(checkpoint);
        var differences = new List<ParameterDifference>();
        var found = Match(new(model), new(checkpoint.Tensors, checkpoint), modelLabel, checkpoint.Path, compareTypes: false, differences);
        return differences.Count == 0 ? found : throw new ParameterMismatchException(differences, model.Count);
    }

    private static CheckpointTensor?[] Match(
        NameLookup first, NameLookup other, string firstLabel, string otherLabel, bool compareTypes, List<ParameterDifference> differences)
    {
        var used = new Dictionary<CheckpointTensor, CheckpointTensor>();
        var column = new CheckpointTensor?[first.Tensors.Count];
        for (var i = 0; i < column.Length; i++)
        {
            var tensor = first.Tensors[i];
            var found = tensor.Aliases.Prepend(tensor.Name).Select(name => other.Find(name, first)).OfType<CheckpointTensor>().Distinct().ToList();
            if (found.Count == 0)
            {
                if (!CheckpointNames.IsOptional(tensor))
                    ParameterDifference.Note(differences, ParameterDifference.Missing(tensor.Name, firstLabel, otherLabel));
                continue;
            }

            column[i] = found[0];
            foreach (var match in found)
            {
                if (!used.TryAdd(match, tensor) && (compareTypes || !other.MayBeApart(used[match], tensor)))
                    ParameterDifference.Note(differences, new($"'{used[match].Name}' and '{tensor.Name}' are two tensors in {firstLabel} but one, '{match.Name}', in {otherLabel}"));
                Compare(tensor, match, firstLabel, otherLabel, compareTypes, differences);
            }

            if (found.Skip(1).Any(f => !other.HaveEqualContent(found[0], f)))
                ParameterDifference.Note(differences, new($"'{tensor.Name}' is tied as {Names(tensor)} in {firstLabel}, but in {otherLabel} these are tensors with different values"));
        }

        foreach (var extra in other.Tensors.Where(t => !used.ContainsKey(t) && !CheckpointNames.IsOptional(t)))
            ParameterDifference.Note(differences, ParameterDifference.Missing(extra.Name, otherLabel, firstLabel));
        return column;
    }

    private static void Compare(
        CheckpointTensor tensor, CheckpointTensor match, string firstLabel, string otherLabel, bool compareTypes, List<ParameterDifference> differences)
    {
        if (CheckpointNames.IsOptional(tensor) && CheckpointNames.IsOptional(match))
            return; // Nothing is lost if it is missing, so nothing is if it differs.
        if (!tensor.Shape.SequenceEqual(match.Shape))
            ParameterDifference.Note(differences, ParameterDifference.Shape(tensor.Name, tensor.Shape, match.Shape, firstLabel, otherLabel));
        if (compareTypes && tensor.TypeName != match.TypeName)
            ParameterDifference.Note(differences, ParameterDifference.Type(tensor.Name, tensor.TypeName, match.TypeName, firstLabel, otherLabel));
    }

    /// <summary>What to do when nothing but the types differs.</summary>
    private static string? Remedy(List<ParameterDifference> differences) => differences.TrueForAll(d => d.Collective is not null)
        ? "Bring them to one type first: 'dotnet warp liti --init X --target X --eta 0 --dtype f32 --out Y' converts a checkpoint, "
            + $"as does {nameof(CheckpointMerger)}.{nameof(CheckpointMerger.Interpolate)} with an output type."
        : null;

    private static string Names(CheckpointTensor tensor) => $"[{string.Join(", ", tensor.Aliases.Prepend(tensor.Name).Order(StringComparer.Ordinal))}]";

    /// <summary>The tensors of one checkpoint or model, untold ties once, by their names, exact and canonical.</summary>
    private sealed class NameLookup
    {
        private readonly Checkpoint? _checkpoint;
        private readonly Dictionary<string, CheckpointTensor> _exact = new(StringComparer.Ordinal);
        private readonly CheckpointTensor? _loneEnd;
        private Dictionary<string, CheckpointTensor?>? _canonical;

        internal NameLookup(IReadOnlyList<CheckpointTensor> tensors, Checkpoint? checkpoint = null)
        {
            (_checkpoint, Tensors) = (checkpoint, tensors);
            foreach (var tensor in tensors)
            {
                _exact.TryAdd(tensor.Name, tensor);
                foreach (var alias in tensor.Aliases)
                    _exact.TryAdd(alias, tensor);
            }

            var ends = tensors.Where(t => CheckpointNames.IsEmbedding(t.Name) || CheckpointNames.IsHead(t.Name)).Take(2).ToList();
            _loneEnd = ends.Count == 1 ? ends[0] : null;
        }

        internal IReadOnlyList<CheckpointTensor> Tensors { get; }

        private Dictionary<string, CheckpointTensor?> Canonical => _canonical ??= ByCanonicalName();

        internal CheckpointTensor? Find(string name, NameLookup asker)
        {
            if (_exact.TryGetValue(name, out var exact))
                return exact;
            var canonical = CheckpointNames.Canonical(name);
            if (asker.Canonical.GetValueOrDefault(canonical) is not null && Canonical.GetValueOrDefault(canonical) is { } found)
                return found;
            return asker._loneEnd is { } lone && IsCalled(lone, name) ? _loneEnd : null;
        }

        /// <summary>Whether two tensors that are one here may be two elsewhere: head and embedding whose tie was only guessed.</summary>
        internal bool MayBeApart(CheckpointTensor one, CheckpointTensor other) => _checkpoint!.ConfigTies == CheckpointConfig.Ties.Perhaps
            && (CheckpointNames.IsHead(one.Name) || CheckpointNames.IsHead(other.Name))
            && (CheckpointNames.IsEmbedding(one.Name) || CheckpointNames.IsEmbedding(other.Name));

        internal bool HaveEqualContent(CheckpointTensor one, CheckpointTensor other) => _checkpoint!.ContentEquals(one, _checkpoint, other);

        private static bool IsCalled(CheckpointTensor tensor, string name) => tensor.Name == name || tensor.Aliases.Contains(name, StringComparer.Ordinal);

        private Dictionary<string, CheckpointTensor?> ByCanonicalName()
        {
            var result = new Dictionary<string, CheckpointTensor?>(StringComparer.Ordinal);
            foreach (var tensor in Tensors)
            {
                foreach (var canonical in tensor.Aliases.Prepend(tensor.Name).Select(CheckpointNames.Canonical).Distinct(StringComparer.Ordinal))
                {
                    // Two tensors with one canonical name: neither has it.
                    if (!result.TryAdd(canonical, tensor))
                        result[canonical] = null;
                }
            }

            return result;
        }
    }
}
