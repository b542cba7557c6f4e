using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>From files to files, the numbers must be those of the merge in memory, bit for bit.</summary>
public sealed class CheckpointMergerTests
{
    private const long SmallBlock = 8 * GramAccumulator.BlockSize;

    [Theory]
    [InlineData(ScalarType.Float64, false, 1)]
    [InlineData(ScalarType.Float32, false, 1)]
    [InlineData(ScalarType.Float32, true, 2)]
    [InlineData(ScalarType.BFloat16, false, 2)]
    [InlineData(ScalarType.BFloat16, true, 3)]
    [InlineData(ScalarType.Float16, true, 1)]
    [InlineData(ScalarType.Float16, false, 3)]
    public void Same_bits_as_in_memory(ScalarType type, bool sharded, int policies)
    {
        using var files = new MergeFiles(type, sharded);
        var before = files.Snapshot();
        var sets = files.Paths.Select(Safetensors.Load).ToArray();
        foreach (var granularity in Enum.GetValues<Granularity>())
        {
            foreach (var outputType in new ScalarType?[] { null, ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16, ScalarType.Float64 })
            {
                var merge = new MergeOptions { Granularity = granularity, Lambda = policies == 2 ? 0.3 : null, OutputType = outputType };
                foreach (var method in Enum.GetValues<CheckpointMergeMethod>())
                {
                    IMerger inMemory = method == CheckpointMergeMethod.Slerp ? new SlerpMerger(merge) : new LerpMerger(merge);
                    using var expected = inMemory.Merge(sets[0], sets[1..(policies + 1)]);
                    foreach (var (block, budget) in new[] { (1L, 1L << 20), (SmallBlock, 1L << 20), (MergePlan.DefaultBlockBytes, CheckpointMergeOptions.DefaultMemoryBudget) })
                    {
                        var report = new CheckpointMerger { BlockBytes = block }.Merge(
                            files.Init, files.Policies(policies), files.Out, new() { Method = method, Merge = merge, MemoryBudget = budget, Overwrite = true, MaxShardBytes = 60_000 });
                        using var actual = Safetensors.Load(files.Out);
                        AssertSameByName(expected.Weights, actual);
                        AssertSameReport(expected.Report, report);
                    }
                }
            }
        }

        Array.ForEach(sets, s => s.Dispose());
        Assert.All(before, f => Assert.Equal(f.Value, files.Snapshot()[f.Key]));
    }

    [Theory]
    [InlineData(ScalarType.Float32, false, 0.0)]
    [InlineData(ScalarType.Float32, true, 0.3)]
    [InlineData(ScalarType.BFloat16, false, 0.3)]
    [InlineData(ScalarType.Float16, true, 1.0)]
    public void Eta_gives_the_bits_of_the_merge_in_memory_with_it(ScalarType type, bool sharded, double eta)
    {
        using var files = new MergeFiles(type, sharded);
        var sets = files.Paths.Select(Safetensors.Load).ToArray();
        foreach (var output in new ScalarType?[] { null, ScalarType.Float64 })
        {
            var options = new MergeOptions { Eta = eta, OutputType = output };
            using var expected = new SlerpMerger(options).Merge(sets[0], sets[1..]);
            new CheckpointMerger { BlockBytes = SmallBlock }.Merge(files.Init, files.Policies(3), files.Out, new() { Merge = options, Overwrite = true });
            using var actual = Safetensors.Load(files.Out);
            AssertSameByName(expected.Weights, actual);
        }

        Array.ForEach(sets, s => s.Dispose());
    }

    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void Interpolations_are_those_of_memory_in_one_pass(ScalarType type, bool sharded)
    {
        using var files = new MergeFiles(type, sharded);
        using var start = Safetensors.Load(files.Init);
        using var target = Safetensors.Load(files.Paths[1]);
        double[] etas = [0, 0.1, 0.5, 1, 1.5];
        var outputs = etas.Select(eta => (eta, Path.Combine(files.Root, "new", sharded ? $"eta-{eta}" : $"eta-{eta}.safetensors"))).ToList();
        var options = new CheckpointMergeOptions { Merge = new() { AllowExtrapolation = true } };
        var seen = new List<CheckpointProgress>();
        new CheckpointMerger { BlockBytes = SmallBlock }.Interpolate(files.Init, files.Paths[1], outputs, options, new SynchronousProgress<CheckpointProgress>(seen.Add));
        AssertProgress(seen);
        foreach (var (eta, path) in outputs)
        {
            using var expected = new LitiInterpolator { AllowExtrapolation = true }.Interpolate(start, target, eta);
            using var actual = Safetensors.Load(path);
            AssertSameByName(expected, actual);
        }

        Assert.Throws<ArgumentOutOfRangeException>("eta", () => new CheckpointMerger().Interpolate(files.Init, files.Paths[1], [(1.5, files.Out)]));
        Assert.Throws<ArgumentException>("outputs", () => new CheckpointMerger().Interpolate(files.Init, files.Paths[1], []));
        Assert.Contains("twice", Assert.Throws<ArgumentException>("outputs", () => new CheckpointMerger().Interpolate(files.Init, files.Paths[1], [(0.1, files.Out), (0.2, files.Out)])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("slerp_layer_l0.5", Granularity.Layer, 0.5)]
    [InlineData("slerp_tensor_l0.5", Granularity.Tensor, 0.5)]
    [InlineData("slerp_model_l0.5", Granularity.Model, 0.5)]
    [InlineData("slerp_layer_M3", Granularity.Layer, null)]
    public void Goldens(string file, Granularity granularity, double? lambda)
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out.safetensors");
        string[] policies = [Oracle("a"), Oracle("b"), .. lambda is null ? new[] { Oracle("c") } : []];
        new CheckpointMerger().Merge(Oracle("init"), policies, output, new() { Merge = new() { Granularity = granularity, Lambda = lambda } });
        using var expected = Safetensors.Load(Oracle(file));
        using var actual = Safetensors.Load(output);
        Assert.Equal(expected.Count, actual.Count);
        foreach (var entry in expected)
            Tolerance.AssertFloat32(entry.Values(), actual[entry.Name].Values(), Tolerance.NearlyOpposite);
    }

    [Fact]
    public void Golden_interpolation()
    {
        using var folder = new TemporaryFolder();
        var output = folder.File("out.safetensors");
        new CheckpointMerger().Merge(Oracle("init"), [Oracle("a"), Oracle("b"), Oracle("c")], output, new() { Merge = new() { Eta = 0.3, OutputType = ScalarType.Float64 } });
        using var expected = Safetensors.Load(Oracle("liti_layer_M3_eta0.3"));
        using var actual = Safetensors.Load(output);
        foreach (var entry in expected)
            Tolerance.AssertFloat32(entry.Values(), actual[entry.Name].Values(), Tolerance.NearlyOpposite);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Inspection_reports_as_the_merge_and_the_angles_of_full_weights(int policies)
    {
        using var files = new MergeFiles(ScalarType.Float32);
        var sets = files.Paths.Select(Safetensors.Load).ToArray();
        using var merged = new SlerpMerger().Merge(sets[0], sets[1..(policies + 1)]);
        var before = files.Snapshot();
        var seen = new List<CheckpointProgress>();
        var inspection = new CheckpointMerger { BlockBytes = SmallBlock }.Inspect(files.Init, files.Policies(policies), progress: new SynchronousProgress<CheckpointProgress>(seen.Add));
        AssertProgress(seen);
        Assert.Equal(before, files.Snapshot());
        AssertSameReport(merged.Report, inspection.Report);
        Assert.Equal(merged.Report.Groups.Count, inspection.FullWeightAngles.Count);
        foreach (var (group, angles) in inspection.Report.Groups.Zip(inspection.FullWeightAngles))
        {
            Assert.Equal(policies - 1, angles.Count);
            for (var m = 2; m <= policies; m++)
            {
                double Inner(int i, int j) => group.Tensors.Sum(t => sets[i][t].Values().Zip(sets[j][t].Values(), (x, y) => x * y).Sum());
                var expected = Math.Acos(Math.Clamp(Inner(1, m) / Math.Sqrt(Inner(1, 1) * Inner(m, m)), -1, 1)) * 180 / Math.PI;
                Assert.Equal(expected, angles[m - 2]!.Value, 1e-6); // acos loses half the digits near 0° and 180°
            }
        }

        Array.ForEach(sets, s => s.Dispose());
    }

    [Fact]
    public void A_file_records_how_and_of_what_it_was_made()
    {
        using var files = new MergeFiles(ScalarType.Float32);
        new CheckpointMerger { BlockBytes = SmallBlock }.Merge(files.Init, files.Policies(2), files.Out, new() { Merge = new() { Lambda = 0.25, OutputType = ScalarType.BFloat16 } });
        var metadata = Safetensors.ReadMetadata(files.Out);
        Assert.Equal("pt", metadata["format"]);
        Assert.Equal("init", metadata["note"]);
        Assert.Equal("slerp", metadata["warp.method"]);
        Assert.Equal("0.25", metadata["warp.lambda"]);
        Assert.Equal("layer", metadata["warp.granularity"]);
        Assert.Equal("BF16", metadata["warp.dtype"]);
        Assert.False(metadata.ContainsKey("warp.eta"), "θ_init came from another merge, whose η is not this one's");
        Assert.Equal("init.safetensors", metadata["warp.init"]);
        Assert.Equal("p2.safetensors", metadata["warp.policy.2"]);
        Assert.Equal(Sha(files.Init), metadata["warp.init.sha256"]);
        Assert.Equal(Sha(files.Paths[1]), metadata["warp.policy.1.sha256"]);
        Assert.Equal(Sha(files.Paths[2]), metadata["warp.policy.2.sha256"]);
    }

    [Fact]
    public void A_folder_gets_a_card_its_companions_and_shards()
    {
        using var files = new MergeFiles(ScalarType.Float32, sharded: true);
        new CheckpointMerger().Merge(files.Init, files.Policies(3), files.Out, new() { MaxShardBytes = 20_000, Merge = new() { Eta = 0.3, OutputType = ScalarType.BFloat16 } });
        var card = File.ReadAllText(Path.Combine(files.Out, "README.md"));
        foreach (var shard in files.Paths.SelectMany(p => Directory.GetFiles(p, "*.safetensors")))
            Assert.Contains($"| {Path.GetFileName(shard)} | {Sha(shard)} |", card, StringComparison.Ordinal);
        foreach (var line in new[] { "| method | slerp |", "| η | 0.3 |", "| λ | 1/m for policy m |", "| granularity | layer |", "| dtype | BF16 |", "| policy 3 | p3 |", "# out" })
            Assert.Contains(line, card, StringComparison.Ordinal);
        Assert.Contains("bfloat16", File.ReadAllText(Path.Combine(files.Out, "config.json")), StringComparison.Ordinal);
        Assert.True(Directory.GetFiles(files.Out, "model-*.safetensors").Length > 2);
    }

    [Fact]
    public void A_sharded_model_of_another_library_merges_to_the_same_as_in_memory()
    {
        var path = SharedData.Path("oracle", "models", "llama_sharded");
        using var folder = new TemporaryFolder();
        new CheckpointMerger().Merge(path, [path, path], folder.File("out"));
        using var expected = Safetensors.Load(path);
        using var actual = Safetensors.Load(folder.File("out"));
        AssertSameByName(expected, actual);
        Assert.Equal(expected.Select(t => t.Aliases.Count).Sum(), actual.Select(t => t.Aliases.Count).Sum());
    }

    [Fact]
    public void Ties_are_written_once_and_tied_again()
    {
        using var folder = new TemporaryFolder();
        using var scope = NewDisposeScope();
        foreach (var (name, x, y) in new[] { ("init", 0f, 0f), ("a", 1f, 0f), ("b", 0f, 1f) })
        {
            var shared = tensor([x, y]);
            using var set = ParameterSet.Copy([KeyValuePair.Create("embed", shared), KeyValuePair.Create("head", shared)]);
            Safetensors.Save(folder.File($"{name}.safetensors"), set);
        }

        new CheckpointMerger().Merge(folder.File("init.safetensors"), [folder.File("a.safetensors"), folder.File("b.safetensors")], folder.File("out.safetensors"));
        using var merged = Safetensors.Load(folder.File("out.safetensors"));
        Assert.Equal(["head"], Assert.Single(merged).Aliases);
        Tolerance.AssertFloat32([Math.Sqrt(0.5), Math.Sqrt(0.5)], merged["head"].Values(), 0);
    }

    internal static void AssertProgress(List<CheckpointProgress> seen)
    {
        Assert.True(seen.Count > 1);
        Assert.Equal(seen[^1].TotalBytes, seen[^1].Bytes);
        Assert.Equal(TimeSpan.Zero, seen[^1].Remaining);
        Assert.All(seen.Zip(seen.Skip(1)), pair => Assert.True(pair.First.Bytes <= pair.Second.Bytes && pair.First.Elapsed <= pair.Second.Elapsed));
        Assert.All(seen, p => Assert.Equal(seen[0].TotalBytes, p.TotalBytes));
    }

    private static string Oracle(string name) => SharedData.Path("oracle", "merge", $"{name}.safetensors");

    private static string Sha(string file) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)));

    private static void AssertSameByName(ParameterSet expected, ParameterSet actual)
    {
        Assert.Equal(expected.Select(t => t.Name).Order(StringComparer.Ordinal), actual.Select(t => t.Name).Order(StringComparer.Ordinal));
        foreach (var entry in expected)
            Bits.AssertSame(entry.Tensor, actual[entry.Name].Tensor);
    }

    private static void AssertSameReport(MergeReport expected, MergeReport actual)
    {
        Assert.Equal((expected.Method, expected.Granularity, expected.Policies), (actual.Method, actual.Granularity, actual.Policies));
        Assert.Equal(expected.Warnings, actual.Warnings);
        Assert.Equal(expected.Groups.Count, actual.Groups.Count);
        foreach (var (e, a) in expected.Groups.Zip(actual.Groups))
        {
            Assert.Equal((e.Name, e.Parameters, e.MergedNorm), (a.Name, a.Parameters, a.MergedNorm));
            Assert.Equal(e.Tensors, a.Tensors);
            Assert.Equal(e.Norms, a.Norms);
            Assert.Equal(e.Coefficients, a.Coefficients);
            Assert.Equal(e.Steps, a.Steps);
        }
    }
}
