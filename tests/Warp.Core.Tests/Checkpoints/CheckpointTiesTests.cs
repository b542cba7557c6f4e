namespace Warp.Tests;

public sealed class CheckpointTiesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ties_come_from_the_metadata()
    {
        using var checkpoint = Checkpoint.Open(SharedData.Path("data", "TinyStories-656K"));
        Assert.Equal(["model.embed_tokens.weight"], checkpoint["lm_head.weight"].Aliases);
        Assert.Same(checkpoint["lm_head.weight"], checkpoint["model.embed_tokens.weight"]);
    }

    [Theory]
    [InlineData("lm_head.weight", "model.layers.0.w", "model.embed_tokens.weight")]
    [InlineData("lm_head.weight", "transformer.h.0.w", "transformer.wte.weight")]
    [InlineData("lm_head.weight", "h.0.w", "wte.weight")]
    [InlineData("model.embed_tokens.weight", "model.layers.0.w", "lm_head.weight")]
    [InlineData("gpt_neox.embed_in.weight", "gpt_neox.layers.0.w", "embed_out.weight")]
    public void A_lone_end_of_a_tied_model_has_the_other_name_too(string stored, string block, string alias)
    {
        Config("""{"tie_word_embeddings":true}""");
        RawFiles.Bytes(_folder.File("model.safetensors"), (stored, [1]), (block, [2]));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal([alias], checkpoint[stored].Aliases);
        Assert.Equal(stored, checkpoint[alias].Name);
    }

    [Theory]
    [InlineData("""{"tie_word_embeddings":false}""")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"tie_word_embeddings":"yes"}""")]
    [InlineData("""{"a":Infinity,"tie_word_embeddings":true}""")]
    [InlineData("")]
    [InlineData(null)]
    public void A_lone_end_has_one_name_when_the_config_does_not_say_that_it_is_tied(string? config)
    {
        Config(config);
        RawFiles.Bytes(_folder.File("model.safetensors"), ("lm_head.weight", [1]), ("model.layers.0.w", [2]));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Empty(checkpoint["lm_head.weight"].Aliases);
    }

    [Theory]
    [InlineData("""{"tie_word_embeddings":true}""", true)]
    [InlineData("""{"text_config":{"tie_word_embeddings":true}}""", true)]
    [InlineData("""{"model_type":"gpt2"}""", true)]
    [InlineData("""{"tie_word_embeddings":false}""", false)]
    [InlineData("""{"text_config":{"tie_word_embeddings":false}}""", false)]
    [InlineData(null, false)]
    public void Equal_ends_are_one_tensor_when_the_config_ties_them(string? config, bool tied)
    {
        Config(config);
        RawFiles.Bytes(_folder.File("model.safetensors"), ("lm_head.weight", [1, 2]), ("model.embed_tokens.weight", [1, 2]));
        foreach (var path in new[] { _folder.Path, _folder.File("model.safetensors") })
        {
            using var checkpoint = Checkpoint.Open(path);
            Assert.Equal(tied ? 1 : 2, checkpoint.Tensors.Count);
            Assert.Equal(tied ? "model.embed_tokens.weight" : "lm_head.weight", checkpoint["lm_head.weight"].Name);
            using var loaded = Safetensors.Load(path);
            Assert.Equal(tied ? ["lm_head.weight"] : [], loaded["model.embed_tokens.weight"].Aliases);
        }
    }

    [Fact]
    public void Different_ends_stay_two_whatever_the_config_says()
    {
        Config("""{"tie_word_embeddings":true}""");
        var long1 = new byte[600_000];
        var long2 = new byte[600_000];
        long2[^1] = 1;
        RawFiles.Bytes(_folder.File("model.safetensors"), ("lm_head.weight", long1), ("model.embed_tokens.weight", long2));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(2, checkpoint.Tensors.Count);
    }

    [Fact]
    public void A_config_beside_a_file_of_another_name_is_not_its()
    {
        Config("""{"tie_word_embeddings":true}""");
        using var checkpoint = Checkpoint.Open(RawFiles.Bytes(_folder.File("other.safetensors"), ("lm_head.weight", [1, 2]), ("model.embed_tokens.weight", [1, 2])));
        Assert.Equal(2, checkpoint.Tensors.Count);
    }

    [Fact]
    public void A_config_beside_a_file_is_held_to_the_same_rules_as_in_a_folder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        var model = RawFiles.Bytes(_folder.File("here/model.safetensors"), ("lm_head.weight", [1]), ("model.layers.0.w", [2]));
        var config = _folder.File("here/config.json");
        File.CreateSymbolicLink(config, OperatingSystem.IsLinux() ? "/dev/zero" : _folder.File("outside"));
        Assert.Contains("leads out of the folder", Assert.Throws<SafetensorsException>(() => Checkpoint.Open(model)).Message, StringComparison.Ordinal);

        File.Delete(config);
        File.CreateSymbolicLink(config, "real.json");
        File.WriteAllText(_folder.File("here/real.json"), """{"tie_word_embeddings":true}""");
        using (var checkpoint = Checkpoint.Open(model))
            Assert.Single(checkpoint["lm_head.weight"].Aliases);

        using (var large = File.OpenWrite(_folder.File("here/real.json")))
            large.SetLength((1 << 24) + 1);
        foreach (var path in new[] { model, _folder.File("here") })
        {
            var failure = Assert.Throws<SafetensorsException>(() => Checkpoint.Open(path));
            Assert.Equal((config, $"'{config}': it has 16777217 bytes; at most 16777216 are accepted."), (failure.FilePath, failure.Message));
        }

        if (!OperatingSystem.IsLinux())
            return;
        File.Delete(_folder.File("here/real.json"));
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [_folder.File("here/real.json")]))
            mkfifo.WaitForExit();
        using var unheeded = Checkpoint.Open(model);
        Assert.Empty(unheeded["lm_head.weight"].Aliases);
    }

    [Fact]
    public void An_alias_that_is_taken_is_not_given_again()
    {
        Config("""{"tie_word_embeddings":true}""");
        RawFiles.Write(
            _folder.File("model.safetensors"),
            """{"__metadata__":{"model.embed_tokens.weight":"model.layers.0.w"},"lm_head.weight":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"model.layers.0.w":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""",
            1, 2);
        using var loaded = Safetensors.Load(_folder.Path);
        Assert.Empty(loaded["lm_head.weight"].Aliases);
    }

    [Fact]
    public void Ties_reach_from_shard_to_shard()
    {
        RawFiles.Write(_folder.File("x.safetensors"), """{"__metadata__":{"alias":"b"},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1);
        RawFiles.Bytes(_folder.File("y.safetensors"), ("b", [2]));
        RawFiles.Index(_folder.Path, ("a", "x.safetensors"), ("b", "y.safetensors"));
        using var checkpoint = Checkpoint.Open(_folder.Path);
        Assert.Equal(["alias"], checkpoint["b"].Aliases);
    }

    [Theory]
    [InlineData("transformer.h.0.attn.bias", new long[] { 1, 1, 2, 2 }, false)]
    [InlineData("h.11.attn.bias", new long[] { 1, 1, 2, 2 }, false)]
    [InlineData("gpt_neox.layers.0.attention.bias", new long[] { 1, 1, 2, 2 }, false)]
    [InlineData("h.0.attn.masked_bias", new long[0], false)]
    [InlineData("model.layers.0.self_attn.rotary_emb.inv_freq", new long[] { 4 }, false)]
    [InlineData("h.0.attn.bias", new long[] { 4 }, true)]
    [InlineData("h.0.attn.c_attn.bias", new long[] { 4 }, true)]
    [InlineData("h.0.attn.bias", new long[] { 1, 1, 1, 4 }, true)]
    public void Masks_of_old_checkpoints_are_not_trainable(string name, long[] shape, bool trainable)
    {
        var count = shape.Aggregate(1L, (a, b) => a * b);
        RawFiles.Typed(_folder.File("w.safetensors"), "F32", (name, shape, new byte[4 * count]));
        using var checkpoint = Checkpoint.Open(_folder.File("w.safetensors"));
        Assert.Equal(trainable, checkpoint.Tensors[0].IsTrainable);
        using var loaded = Safetensors.Load(_folder.File("w.safetensors"));
        Assert.Equal(trainable, loaded[0].IsTrainable);
    }

    private void Config(string? text)
    {
        if (text is not null)
            File.WriteAllText(_folder.File("config.json"), text);
    }
}
