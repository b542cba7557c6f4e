namespace Warp;

/// <summary>Opens the weights of a Hugging Face folder and holds the files against their index.</summary>
internal static class ShardedReader
{
    /// <param name="folder">The folder.</param>
    /// <param name="readers">Receives the files as they are opened, so that the caller can close them whatever happens.</param>
    internal static void Open(string folder, List<SafetensorsReader> readers)
    {
        // As in transformers, a single file comes before an index.
        if (CheckpointFolder.Resolve(folder, CheckpointFolder.SingleFile) is not null)
            readers.Add(SafetensorsReader.Open(Path.Combine(folder, CheckpointFolder.SingleFile)));
        else if (CheckpointFolder.Resolve(folder, CheckpointFolder.IndexFile) is { } index)
            OpenShards(folder, CheckpointIndex.Read(index, Path.Combine(folder, CheckpointFolder.IndexFile)), readers);
        else
            throw NothingToOpen(folder);
    }

    private static void OpenShards(string folder, Dictionary<string, string> map, List<SafetensorsReader> readers)
    {
        var index = Path.Combine(folder, CheckpointFolder.IndexFile);
        var files = map.Values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var missing = files.Where(f => CheckpointFolder.Resolve(folder, f) is null).ToList();
        if (missing.Count > 0)
            throw new SafetensorsException($"these shards are not in the folder:{ProblemList.Lines([.. missing.Select(f => $"'{f}'")])}", index, tensor: null);

        var problems = new List<string>();
        var found = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var reader = SafetensorsReader.Open(Path.Combine(folder, file));
            readers.Add(reader);
            foreach (var name in reader.Header.Entries.Select(e => e.Name))
            {
                if (!map.TryGetValue(name, out var expected))
                    problems.Add($"'{name}' is in '{file}' but not in the index");
                else if (expected != file)
                    problems.Add($"'{name}' is in '{file}' but belongs to '{expected}' by the index");
                else
                    found.Add(name);
            }
        }

        problems.AddRange(map.Where(m => !found.Contains(m.Key)).Select(m => $"'{m.Key}' is in the index but not in '{m.Value}'"));
        if (problems.Count > 0)
            throw new SafetensorsException($"the index and the shards do not fit together:{ProblemList.Lines(problems)}", index, tensor: null);
    }

    private static SafetensorsException NothingToOpen(string folder)
    {
        var names = Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).ToList();
        var weights = names.Where(n => n.EndsWith(CheckpointFolder.Extension, StringComparison.Ordinal)).ToList();
        if (names.FirstOrDefault(CheckpointFolder.IsAdapter) is { } adapter)
        {
            return SafetensorsException.Of(
                folder, $"holds a LoRA adapter ('{adapter}'), not a whole model. Merge the adapter into its base first, for example with merge_and_unload() of peft, save that and give it.");
        }

        if (StagingFolder.HoldsReplaced(folder))
        {
            return SafetensorsException.Of(
                folder, $"has no checkpoint: a process was killed while it replaced the one that was there, whose files are in '{StagingFolder.ReplacedIn(folder)}'. The next merge to this output puts them back.");
        }

        if (weights.Count == 0 && names.FirstOrDefault(CheckpointFolder.IsPickle) is { } pickle)
            return SafetensorsException.Of(folder, $"has no safetensors; its '{pickle}' {CheckpointFolder.IsAPickle} {CheckpointFolder.ConvertPickle}");
        return SafetensorsException.Of(
            folder,
            $"has neither {CheckpointFolder.SingleFile} nor {CheckpointFolder.IndexFile}; "
            + (weights.Count == 0 ? "give a folder with one of them." : $"give one of these files itself:{ProblemList.Lines(weights)}"));
    }
}
