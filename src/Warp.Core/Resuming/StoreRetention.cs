namespace Warp;

/// <summary>Which checkpoints stay: the last few, the best, and the end of each iteration.</summary>
internal sealed class StoreRetention(StoreFiles files, CheckpointStoreOptions options)
{
    private readonly List<Kept> _kept = [];

    /// <summary>Takes note of a checkpoint that was there, oldest first.</summary>
    internal void Know(string name, StoreManifest manifest) => _kept.Add(new(
        name, manifest.EndsIteration, manifest.Score, manifest.Files.Select(f => f.File!).ToHashSet(StringComparer.Ordinal)));

    /// <summary>Takes note of the newest, and deletes what need not stay and the files that nothing else names.</summary>
    internal void Add(string name, StoreManifest manifest)
    {
        Know(name, manifest);
        var best = options.KeepBest ? _kept.Where(k => k.Score is not null).OrderBy(k => k.Score).LastOrDefault() : null;
        var newest = _kept.TakeLast(options.KeepLast).ToList();
        foreach (var old in _kept.Where(k => k != best && !newest.Contains(k) && !(options.KeepIterations && k.EndsIteration)).ToList())
        {
            files.DeleteManifest(old.Name);
            _kept.Remove(old);
        }

        files.Collect(_kept.SelectMany(k => k.Files).ToHashSet(StringComparer.Ordinal));
    }

    private sealed class Kept(string name, bool endsIteration, double? score, HashSet<string> files)
    {
        internal string Name { get; } = name;

        internal bool EndsIteration { get; } = endsIteration;

        internal double? Score { get; } = score;

        internal HashSet<string> Files { get; } = files;
    }
}
