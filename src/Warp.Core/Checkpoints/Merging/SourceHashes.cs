namespace Warp;

/// <summary>The hashes of all files of all inputs, made of what passes by as far as it comes in order.</summary>
internal sealed class SourceHashes : IDisposable
{
    private readonly List<List<FileHash>> _hashes;
    private readonly List<Dictionary<SafetensorsReader, FileHash>> _byFile;

    internal SourceHashes(IEnumerable<Checkpoint> inputs, bool dryRun = false)
    {
        var files = inputs.Select(c => c.Readers.Select(r => (Reader: r, Hash: new FileHash(r, dryRun))).ToList()).ToList();
        _hashes = [.. files.Select(f => f.Select(x => x.Hash).ToList())];
        _byFile = [.. files.Select(f => f.ToDictionary(x => x.Reader, x => x.Hash))];
    }

    /// <summary>How many bytes will be read for the hashes alone when the blocks of a plan pass by.</summary>
    internal static long ExtraBytes(IReadOnlyList<Checkpoint> inputs, MergePlan plan)
    {
        using var hashes = new SourceHashes(inputs, dryRun: true);
        var extra = 0L;
        foreach (var piece in plan.Reads().SelectMany(b => b.Pieces))
        {
            for (var k = 0; k < inputs.Count; k++)
                extra += hashes.Pass(k, piece, [], CancellationToken.None);
        }

        return extra + hashes._hashes.Sum(files => files.Sum(f => f.Finish(read: null, CancellationToken.None)));
    }

    /// <summary>Takes a piece of input k. Inputs may pass by at the same time, the pieces of one input may not.</summary>
    /// <returns>How many further bytes were read.</returns>
    internal long Pass(int k, Piece piece, ReadOnlySpan<byte> bytes, CancellationToken cancellationToken)
    {
        var tensor = piece.Input(k);
        var at = tensor.Reader!.PositionOf(tensor.Entry!, piece.First * piece.Size);
        return _byFile[k][tensor.Reader].Pass(at, piece.Count * piece.Size, bytes, cancellationToken);
    }

    /// <summary>Reads what has not passed by, and gives file names and hashes by input.</summary>
    internal IReadOnlyList<IReadOnlyList<KeyValuePair<string, string>>> Finish(Action<long> read, CancellationToken cancellationToken)
    {
        foreach (var file in _hashes.SelectMany(f => f))
            file.Finish(read, cancellationToken);
        return [.. _hashes.Select(files => files.Select(f => f.Result()).ToList())];
    }

    public void Dispose() => _hashes.ForEach(files => files.ForEach(f => f.Dispose()));
}
