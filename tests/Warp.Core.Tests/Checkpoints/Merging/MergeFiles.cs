using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Small checkpoints with a start and policies, as files or sharded folders.</summary>
internal sealed class MergeFiles : IDisposable
{
    /// <summary>Sizes about the edges of blocks and ranges; the names make two layers and single tensors.</summary>
    public static readonly (string Name, int Count)[] Layout =
    [
        ("model.embed_tokens.weight", 3 * GramAccumulator.BlockSize + 17),
        ("model.layers.0.mlp.weight", BlockParallel.RangeSize + 5),
        ("model.layers.0.norm.weight", 7),
        ("model.layers.1.mlp.weight", 2 * GramAccumulator.BlockSize),
        ("model.layers.1.norm.weight", 1),
        ("model.norm.weight", GramAccumulator.BlockSize),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly bool _sharded;

    public MergeFiles(ScalarType type, bool sharded = false, int policies = 3, string? poisoned = null)
    {
        _sharded = sharded;
        Paths = [.. Enumerable.Range(0, policies + 1).Select(k => Save(k == 0 ? "init" : $"p{k}", type, k, poisoned))];
    }

    public string Root => _folder.Path;

    public string[] Paths { get; }

    public string Init => Paths[0];

    public string[] Policies(int count) => Paths[1..(count + 1)];

    public string Out => _sharded ? _folder.File("out") : _folder.File("out.safetensors");

    /// <summary>All files with their bytes.</summary>
    public Dictionary<string, string> Snapshot() => Directory.GetFileSystemEntries(Root, "*", SearchOption.AllDirectories)
        .ToDictionary(f => f, f => File.Exists(f) ? Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))) : "", StringComparer.Ordinal);

    public void Dispose() => _folder.Dispose();

    private string Save(string name, ScalarType type, int seed, string? poisoned)
    {
        using var scope = NewDisposeScope();
        var tensors = Layout.Select((t, i) =>
        {
            var values = RandomWeights.Make(type, (ulong)(1000 * seed + i + 1), t.Count);
            if (seed == 2 && t.Name == poisoned)
                values[t.Count - 1] = float.NaN;
            return KeyValuePair.Create(t.Name, values);
        }).Append(KeyValuePair.Create("positions", arange(9, ScalarType.Int64))).Append(KeyValuePair.Create("flags", ones(3, ScalarType.Byte))); // the first and the last of the file
        using var set = ParameterSet.Copy(tensors);
        var file = _folder.File($"{name}.safetensors");
        Safetensors.Save(file, set, new Dictionary<string, string> { ["note"] = name, ["warp.eta"] = "stale" });
        if (!_sharded)
            return file;
        using (var source = Checkpoint.Open(file))
        {
            using var writer = CheckpointWriter.CreateFolder(_folder.File(name), source.Tensors, new() { MaxShardBytes = 100_000 });
            writer.AddText("config.json", """{"torch_dtype":"float32"}""");
            foreach (var tensor in source.Tensors)
                writer.Copy(tensor.Name, source, tensor);
            writer.Complete();
        }

        File.Delete(file);
        return _folder.File(name);
    }
}
