namespace Warp.Tests;

/// <summary>Quirks of checkpoints that exist in the wild.</summary>
public sealed class CheckpointMergerQuirksTests : IDisposable
{
    private static readonly float[][] Ends = [[1, 0, 0], [3, 0, 1], [1, 4, 2]];
    private static readonly float[][] Blocks = [[0, 0], [1, 2], [5, -1]];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void An_untold_tie_is_measured_once_and_stored_as_in_init(bool initStoresBoth, bool policiesStoreBoth)
    {
        var paths = Enumerable.Range(0, 3).Select(k => File(k, (k == 0 ? initStoresBoth : policiesStoreBoth) ? ["embed_tokens.weight", "lm_head.weight"] : ["lm_head.weight"])).ToArray();
        var report = new CheckpointMerger().Merge(paths[0], paths[1..], _folder.File("out.safetensors"), new() { Merge = new() { Granularity = Granularity.Model } });

        // The oracle: one vector of five numbers. δ¹ = (2, 0, 1, 1, 2), δ² = (0, 4, 2, 5, −1); ‖δ¹‖² = 10, ‖δ²‖² = 46, δ¹·δ² = 5.
        var group = Assert.Single(report.Groups);
        Assert.Equal([Math.Sqrt(10), Math.Sqrt(46)], group.Norms);
        Assert.Equal(Math.Acos(5 / Math.Sqrt(460)) * 180 / Math.PI, group.Steps[0].AngleDegrees!.Value, Tolerance.AngleDegrees);

        using var output = Checkpoint.Open(_folder.File("out.safetensors"));
        Assert.Equal(initStoresBoth ? ["embed_tokens.weight", "layers.0.w", "lm_head.weight"] : ["layers.0.w", "lm_head.weight"], output.Tensors.Select(t => t.Name).Order(StringComparer.Ordinal));
        var merged = Values(output, "lm_head.weight");
        var (c1, c2) = (group.Coefficients[0], group.Coefficients[1]);
        var expected = Ends[0].Select((init, i) => init + (c1 * (Ends[1][i] - init)) + (c2 * (Ends[2][i] - init))).ToList();
        Tolerance.AssertFloat32(expected, [.. merged.Select(v => (double)v)], Tolerance.Float64);
        if (initStoresBoth)
            Assert.Equal(merged, Values(output, "embed_tokens.weight"));
    }

    [Fact]
    public void Masks_that_differ_are_those_of_init()
    {
        var paths = Enumerable.Range(0, 3).Select(k => RawFiles.Typed(
            _folder.File($"{k}.safetensors"), k == 2 ? "F16" : "F32", ("h.0.attn.bias", [1, 1, 1, 1], k == 2 ? [(byte)k, 0] : [(byte)k, 0, 0, 0]))).ToArray();
        new CheckpointMerger().Merge(paths[0], paths[1..], _folder.File("out.safetensors"));
        using var output = Checkpoint.Open(_folder.File("out.safetensors"));
        Assert.Equal([0, 0, 0, 0], output.ReadAll(output["h.0.attn.bias"]));
    }

    [Fact]
    public void Nothing_of_an_earlier_merge_is_carried_into_a_folder()
    {
        Directory.CreateDirectory(_folder.File("init"));
        RawFiles.Write(
            _folder.File("init/model.safetensors"),
            """{"__metadata__":{"note":"kept","warp.eta":"0.3","warp.init":"old"},"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 0, 0, 0, 0);
        new CheckpointMerger().Interpolate(_folder.File("init"), _folder.File("init"), [(0.5, _folder.File("out"))]);
        Assert.Equal(new Dictionary<string, string> { ["format"] = "pt", ["note"] = "kept" }, Safetensors.ReadMetadata(_folder.File("out")));
    }

    [Fact]
    public void A_card_that_exists_is_refused_before_any_work()
    {
        RawFiles.Typed(_folder.File("init/model.safetensors"), "F32", ("w", [1], new byte[4]));
        Directory.CreateDirectory(_folder.File("out"));
        System.IO.File.WriteAllText(_folder.File("out/README.md"), "mine");
        var told = new List<CheckpointProgress>();
        Assert.Throws<OutputExistsException>(
            () => new CheckpointMerger().Interpolate(_folder.File("init"), _folder.File("init"), [(0.5, _folder.File("out"))], progress: new Recorder(told)));
        Assert.Empty(told);
        Assert.Equal([_folder.File("out/README.md")], Directory.GetFileSystemEntries(_folder.File("out")));
    }

    private string File(int k, string[] ends) => RawFiles.Typed(
        _folder.File($"{k}.safetensors"), "F32", [.. ends.Select(e => (e, new long[] { 3 }, Bytes(Ends[k]))), ("layers.0.w", [2], Bytes(Blocks[k]))]);

    private static byte[] Bytes(float[] values) => System.Runtime.InteropServices.MemoryMarshal.AsBytes<float>(values).ToArray();

    private static float[] Values(Checkpoint checkpoint, string name) =>
        System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(checkpoint.ReadAll(checkpoint[name])).ToArray();

    private sealed class Recorder(List<CheckpointProgress> told) : IProgress<CheckpointProgress>
    {
        public void Report(CheckpointProgress value) => told.Add(value);
    }
}
