namespace Warp.Tests;

public sealed class CheckpointAlignmentTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<Checkpoint> _open = [];

    public void Dispose()
    {
        _open.ForEach(c => c.Dispose());
        _folder.Dispose();
    }

    [Theory]
    [InlineData("model.layers.0.w", "layers.0.w")]
    [InlineData("model.model.layers.0.w", "layers.0.w")]
    [InlineData("base_model.model.model.layers.0.w", "layers.0.w")]
    [InlineData("module.transformer.h.0.w", "h.0.w")]
    [InlineData("h.0.w", "h.0.w")]
    [InlineData("lm_head.weight", "lm_head.weight")]
    [InlineData("model.", "model.")]
    [InlineData("mymodel.x", "mymodel.x")]
    [InlineData("", "")]
    public void Canonical_names_have_no_prefix(string name, string canonical) => Assert.Equal(canonical, CheckpointNames.Canonical(name));

    [Fact]
    public void Equal_names_belong_together()
    {
        var rows = CheckpointAlignment.Align([Open("a", ("x", [1]), ("y", [2])), Open("b", ("y", [3]), ("x", [4])), Open("c", ("x", [5]), ("y", [6]))]);
        Assert.Equal(["x", "y"], rows.Select(r => r.Tensor.Name));
        Assert.Equal([(byte)4, (byte)5], rows[0].Others.Select((t, i) => _open[i + 1].ReadAll(t!)[0]));
    }

    [Theory]
    [InlineData("model.")]
    [InlineData("transformer.")]
    public void Checkpoints_that_differ_by_a_prefix_belong_together_both_ways(string prefix)
    {
        var bare = Open("bare", ("layers.0.w", [1]), ("norm.w", [2]), ("lm_head.weight", [3]), ("wte.weight", [0]));
        var prefixed = Open("prefixed", ($"{prefix}layers.0.w", [4]), ($"{prefix}norm.w", [5]), ("lm_head.weight", [6]), ($"{prefix}wte.weight", [0]));
        var rows = CheckpointAlignment.Align([bare, prefixed]);
        Assert.Equal(["layers.0.w", "norm.w", "lm_head.weight", "wte.weight"], rows.Select(r => r.Tensor.Name));
        Assert.Equal([$"{prefix}layers.0.w", $"{prefix}norm.w", "lm_head.weight", $"{prefix}wte.weight"], rows.Select(r => r.Others[0]!.Name));
        Assert.Equal([$"{prefix}layers.0.w", $"{prefix}norm.w", "lm_head.weight", $"{prefix}wte.weight"], CheckpointAlignment.Align([prefixed, bare]).Select(r => r.Tensor.Name));
    }

    [Fact]
    public void The_tensors_of_a_model_are_found_whatever_their_prefix_and_type()
    {
        var checkpoint = Open("bare", ("h.0.w", [1]), ("wte.weight", [2]));
        var found = CheckpointAlignment.Find(
            [new("transformer.wte.weight", "F32", [1], aliases: ["lm_head.weight"]), new("transformer.h.0.w", "BF16", [1])], checkpoint);
        Assert.Equal(["wte.weight", "h.0.w"], found.Select(t => t!.Name));
    }

    [Fact]
    public void What_a_model_lacks_or_a_checkpoint_lacks_is_listed()
    {
        var checkpoint = Open("file", ("a", [1]), ("b", [2, 3]), ("c", [4]));
        var failure = Assert.Throws<ParameterMismatchException>(() => CheckpointAlignment.Find([new("a", "F32", [1]), new("b", "F32", [3]), new("d", "F32", [1])], checkpoint));
        Assert.Equal(
            [$"'b' is [3] in the model but [2] in {checkpoint.Path}", $"'d' is in the model but not in {checkpoint.Path}", $"'c' is in {checkpoint.Path} but not in the model"],
            failure.Differences);
    }

    [Fact]
    public void An_ambiguous_prefix_is_not_guessed_at()
    {
        var failure = Assert.Throws<ParameterMismatchException>(
            () => CheckpointAlignment.Align([Open("a", ("w", [1])), Open("b", ("model.w", [1]), ("transformer.w", [2]))], ["init", "policy"]));
        Assert.Equal(["'w' is in init but not in policy", "'model.w' is in policy but not in init", "'transformer.w' is in policy but not in init"], failure.Differences);
    }

    [Fact]
    public void Exact_names_come_before_prefixes()
    {
        var both = new[] { ("w", new byte[] { 1 }), ("model.w", [2]) };
        var rows = CheckpointAlignment.Align([Open("a", both), Open("b", both)]);
        Assert.All(rows, r => Assert.Equal(r.Tensor.Name, r.Others[0]!.Name));
    }

    [Fact]
    public void A_lone_head_is_a_lone_embedding()
    {
        var rows = CheckpointAlignment.Align([Open("a", ("lm_head.weight", [1]), ("n", [2])), Open("b", ("model.embed_tokens.weight", [3]), ("n", [4]))]);
        Assert.Equal(["model.embed_tokens.weight", "n"], rows.Select(r => r.Others[0]!.Name));
    }

    [Fact]
    public void A_tied_checkpoint_fits_one_that_stores_both_ends_alike_only_if_they_are_equal()
    {
        var tied = OpenRaw("tied", """{"__metadata__":{"model.embed_tokens.weight":"lm_head.weight"},"lm_head.weight":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1);
        var equal = Open("equal", ("lm_head.weight", [5]), ("model.embed_tokens.weight", [5]));
        var different = Open("different", ("lm_head.weight", [5]), ("model.embed_tokens.weight", [6]));
        Assert.Equal(5, equal.ReadAll(Assert.Single(CheckpointAlignment.Align([tied, equal])).Others[0]!)[0]);
        Assert.Contains("different values", Differences(tied, different).Single(), StringComparison.Ordinal);
        Assert.Contains("two tensors in 0 but one", Differences(different, tied).Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("lm_head.weight")]
    [InlineData("model.embed_tokens.weight")]
    public void A_checkpoint_with_one_end_fits_one_that_stores_both_alike_both_ways(string stored)
    {
        var lone = Open("lone", (stored, [1]), ("n", [2]));
        var equal = Open("equal", ("lm_head.weight", [5]), ("model.embed_tokens.weight", [5]), ("n", [4]));
        var different = Open("different", ("lm_head.weight", [5]), ("model.embed_tokens.weight", [6]), ("n", [4]));
        Assert.Equal(["model.embed_tokens.weight", "n"], CheckpointAlignment.Align([lone, equal]).Select(r => r.Others[0]!.Name));
        var rows = CheckpointAlignment.Align([equal, lone]);
        Assert.Equal([("model.embed_tokens.weight", stored), ("n", "n")], rows.Select(r => (r.Tensor.Name, r.Others[0]!.Name)));
        Assert.Equal(["lm_head.weight"], rows[0].Tensor.Aliases);
        Assert.Equal(3, equal.Tensors.Count);
        Assert.Single(Differences(lone, different));
        Assert.Single(Differences(different, lone));
        Assert.Single(Differences(lone, equal, different));
    }

    [Fact]
    public void Ends_that_are_alike_in_all_checkpoints_are_one_unless_the_config_says_no()
    {
        (string, byte[])[] Alike(byte value) => [("lm_head.weight", [value]), ("embed_tokens.weight", [value])];
        Assert.Equal("embed_tokens.weight", Assert.Single(CheckpointAlignment.Align([Open("a", Alike(1)), Open("b", Alike(2))])).Others[0]!.Name);
        Assert.Equal(2, CheckpointAlignment.Align([_open[0], Open("c", ("lm_head.weight", [1]), ("embed_tokens.weight", [2]))]).Count);

        File.WriteAllText(_folder.File("config.json"), """{"tie_word_embeddings":false}""");
        var untied = Open("model", Alike(3));
        Assert.Equal(2, CheckpointAlignment.Align([untied, _open[0]]).Count);
        Assert.Single(Differences(Open("lone", ("lm_head.weight", [1])), untied));
    }

    [Fact]
    public void Masks_may_differ_and_the_first_one_counts()
    {
        var one = OpenTyped("one", ("h.0.attn.bias", [1, 1, 2, 2], 16), ("h.0.attn.masked_bias", [], 4));
        var other = Add(Checkpoint.Open(RawFiles.Typed(_folder.File("other.safetensors"), "U8", ("h.0.attn.bias", [1, 1, 3, 3], new byte[9]), ("h.0.attn.masked_bias", [], new byte[1]))));
        Assert.Equal(["F32", "F32"], CheckpointAlignment.Align([one, other]).Select(r => r.Tensor.TypeName));
        Assert.Equal(["U8", "U8"], CheckpointAlignment.Align([other, one]).Select(r => r.Tensor.TypeName));
    }

    [Fact]
    public void The_list_of_differences_ends_somewhere()
    {
        var header = new System.Text.StringBuilder();
        for (var i = 0; i < ParameterDifference.Most + 10; i++)
            header.Append(System.Globalization.CultureInfo.InvariantCulture, $$"""{{(i == 0 ? '{' : ',')}}"{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""");
        var many = OpenRaw("many", $"{header}}}");
        var differences = Differences(many, Open("few"));
        Assert.Equal(ParameterDifference.Most + 1, differences.Count);
        Assert.Equal("and more than the 200000 differences that are listed", differences[^1]);
        Assert.InRange(Assert.Throws<ParameterMismatchException>(() => CheckpointAlignment.Align([many, _open[1]])).Message.Length, 0, 25_000);
    }

    [Fact]
    public void Masks_may_be_missing_on_either_side()
    {
        var with = OpenTyped("with", ("h.0.attn.bias", [1, 1, 2, 2], 16), ("h.0.w", [1], 4));
        var without = OpenTyped("without", ("h.0.w", [1], 4));
        var rows = CheckpointAlignment.Align([with, without]);
        Assert.Null(rows[0].Others[0]);
        Assert.NotNull(rows[1].Others[0]);
        Assert.Equal("h.0.w", Assert.Single(CheckpointAlignment.Align([without, with])).Tensor.Name);
    }

    [Theory]
    [InlineData("{}", true)]
    [InlineData("{\"tie_word_embeddings\": false}", true)]
    [InlineData("{\"tie_word_embeddings\": true}", false)]
    public void Equal_head_and_embedding_serve_a_model_that_has_them_apart_unless_the_config_ties_them(string config, bool fits)
    {
        var folder = Directory.CreateDirectory(_folder.File("model")).FullName;
        RawFiles.Typed(
            Path.Combine(folder, "model.safetensors"), "F32", ("lm_head.weight", [2, 1], new byte[8]), ("model.embed_tokens.weight", [2, 1], new byte[8]), ("model.layers.0.w", [1], new byte[4]));
        File.WriteAllText(Path.Combine(folder, "config.json"), config);
        var checkpoint = Add(Checkpoint.Open(folder));
        CheckpointTensor[] model = [new("model.embed_tokens.weight", "F32", [2, 1]), new("lm_head.weight", "F32", [2, 1]), new("model.layers.0.w", "F32", [1])];
        if (fits)
        {
            Assert.All(CheckpointAlignment.Find(model, checkpoint), Assert.NotNull);
            return;
        }

        var difference = Assert.Single(Assert.Throws<ParameterMismatchException>(() => CheckpointAlignment.Find(model, checkpoint)).Differences);
        Assert.StartsWith("'model.embed_tokens.weight' and 'lm_head.weight' are two tensors in the model but one", difference, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_difference_is_listed()
    {
        var first = OpenTyped("a", ("gone", [1], 4), ("shape", [2, 3], 24), ("same", [1], 4));
        var second = OpenTyped("b", ("extra", [1], 4), ("shape", [3, 2], 24), ("same", [1], 4));
        var third = RawFiles.Typed(_folder.File("c.safetensors"), "F16", ("gone", [1], new byte[2]), ("shape", [2, 3], new byte[12]), ("same", [1], new byte[2]));
        Assert.Equal(
            [
                "'gone' is in 0 but not in 1", "'shape' is [2, 3] in 0 but [3, 2] in 1", "'extra' is in 1 but not in 0",
                "'gone' is F32 in 0 but F16 in 2", "'shape' is F32 in 0 but F16 in 2", "'same' is F32 in 0 but F16 in 2",
            ],
            Differences(first, second, Add(Checkpoint.Open(third))));
    }

    [Fact]
    public void Arguments_are_checked()
    {
        Assert.Throws<ArgumentException>("checkpoints", () => CheckpointAlignment.Align([]));
        Assert.Throws<ArgumentException>("labels", () => CheckpointAlignment.Align([Open("a", ("x", [1]))], ["a", "b"]));
        Assert.Empty(Assert.Single(CheckpointAlignment.Align([_open[0]])).Others);
    }

    private static IReadOnlyList<string> Differences(params Checkpoint[] checkpoints) => Assert.Throws<ParameterMismatchException>(
        () => CheckpointAlignment.Align(checkpoints, [.. checkpoints.Select((_, i) => $"{i}")])).Differences;

    private Checkpoint Open(string name, params (string, byte[])[] tensors) => Add(Checkpoint.Open(RawFiles.Bytes(_folder.File($"{name}.safetensors"), tensors)));

    private Checkpoint OpenRaw(string name, string header, params byte[] data) => Add(Checkpoint.Open(RawFiles.Write(_folder.File($"{name}.safetensors"), header, data)));

    private Checkpoint OpenTyped(string name, params (string Name, long[] Shape, int Bytes)[] tensors) => Add(Checkpoint.Open(RawFiles.Typed(
        _folder.File($"{name}.safetensors"), "F32", [.. tensors.Select(t => (t.Name, t.Shape, new byte[t.Bytes]))])));

    private Checkpoint Add(Checkpoint checkpoint)
    {
        _open.Add(checkpoint);
        return checkpoint;
    }
}
