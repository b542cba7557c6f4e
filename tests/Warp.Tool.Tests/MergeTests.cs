using System.Text.Json;

namespace Warp.Tests;

public sealed class MergeTests
{
    // Values of the order of 1, rounded once to float32.
    private const double Rounding = 1e-6;

    [Fact]
    public async Task Slerp_of_orthogonal_task_vectors_keeps_their_norm()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var json = (await ToolRun.Of("merge", "--init", init, "--policies", a, b, "--out", folder["out.safetensors"], "--json")).Succeeded().Json;

        Assert.Equal(
            ["method", "granularity", "lambda", "eta", "dtype", "init", "policies", "output", "files", "groups", "warnings"],
            json.EnumerateObject().Select(p => p.Name));
        Assert.Equal("slerp", json.GetProperty("method").GetString());
        Assert.Equal("layer", json.GetProperty("granularity").GetString());
        Assert.Equal(0.5, json.GetProperty("lambda").GetDouble());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("eta").ValueKind);
        Assert.Equal("same", json.GetProperty("dtype").GetString());
        Assert.Equal([a, b], json.GetProperty("policies").EnumerateArray().Select(p => p.GetString()));
        Assert.Equal(folder["out.safetensors"], json.GetProperty("output").GetString());
        Assert.Equal([folder["out.safetensors"]], json.GetProperty("files").EnumerateArray().Select(p => p.GetString()));

        var block = Group(json, "model.layers.0");
        Assert.Equal(
            ["name", "tensors", "parameters", "norms", "steps", "coefficients", "mergedNorm"], block.EnumerateObject().Select(p => p.Name));
        Assert.Equal(["model.layers.0.w"], block.GetProperty("tensors").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal(4, block.GetProperty("parameters").GetInt64());
        Assert.Equal([3.0, 3.0], Doubles(block.GetProperty("norms")));
        var step = Assert.Single(block.GetProperty("steps").EnumerateArray());
        Assert.Equal(["angleDegrees", "normRatio", "kind"], step.EnumerateObject().Select(p => p.Name));
        Assert.Equal(90, step.GetProperty("angleDegrees").GetDouble(), 9);
        Assert.Equal(1, step.GetProperty("normRatio").GetDouble(), 9);
        Assert.Equal("spherical", step.GetProperty("kind").GetString());
        Assert.All(Doubles(block.GetProperty("coefficients")), c => Assert.Equal(Math.Sqrt(0.5), c, 9));
        // Lemma 1: SLERP of two vectors of one norm has that norm.
        Assert.Equal(3, block.GetProperty("mergedNorm").GetDouble(), 9);
        Assert.Equal("parallel", Group(json, "model.embed_tokens.weight").GetProperty("steps")[0].GetProperty("kind").GetString());

        var half = 1 + 3 * Math.Sqrt(0.5);
        Near([half, half, 1, 1], TestCheckpoints.Read(folder["out.safetensors"], "model.layers.0.w"));
        Near([2, 1], TestCheckpoints.Read(folder["out.safetensors"], "model.embed_tokens.weight"));
    }

    [Fact]
    public async Task Lambda_method_and_liti_reach_the_merge()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var json = (await ToolRun.Of(
            "merge", "--init", init, "--policies", a, b, "--out", folder["out.safetensors"], "--method", "lerp", "--lambda", "0.25", "--liti", "0.5", "--json")).Succeeded().Json;

        Assert.Equal("lerp", json.GetProperty("method").GetString());
        Assert.Equal(0.25, json.GetProperty("lambda").GetDouble());
        Assert.Equal(0.5, json.GetProperty("eta").GetDouble());
        // ½ · (¾ · 3) and ½ · (¼ · 3) above the start: exact in float32.
        Assert.Equal([2.125f, 1.375f, 1, 1], TestCheckpoints.Read(folder["out.safetensors"], "model.layers.0.w"));
    }

    [Fact]
    public async Task Granularity_model_joins_all_tensors()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var json = (await ToolRun.Of("merge", "--init", init, "--policies", a, b, "--out", folder["out.safetensors"], "--granularity", "model", "--json")).Succeeded().Json;

        var group = Assert.Single(json.GetProperty("groups").EnumerateArray());
        // δ¹·δ² = 1 and ‖δ‖² = 10.
        Assert.Equal(Math.Acos(0.1) * 180 / Math.PI, group.GetProperty("steps")[0].GetProperty("angleDegrees").GetDouble(), 9);
    }

    [Fact]
    public async Task With_three_policies_there_is_no_lambda_and_there_are_two_steps()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var json = (await ToolRun.Of("merge", "--init", init, "--policies", a, b, a, "--out", folder["out.safetensors"], "--json")).Succeeded().Json;

        Assert.Equal(JsonValueKind.Null, json.GetProperty("lambda").ValueKind);
        Assert.Equal(2, Group(json, "model.layers.0").GetProperty("steps").GetArrayLength());
    }

    [Theory]
    [InlineData("f32", "F32")]
    [InlineData("bf16", "BF16")]
    [InlineData("f16", "F16")]
    [InlineData("same", "F32")]
    [InlineData("FP32", "F32")]
    [InlineData("float32", "F32")]
    [InlineData("bfloat16", "BF16")]
    [InlineData("Float16", "F16")]
    [InlineData("fp16", "F16")]
    public async Task Dtype_is_the_type_of_the_result(string dtype, string stored)
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        (await ToolRun.Of("merge", "--init", init, "--policies", a, b, "--out", folder["out.safetensors"], "--dtype", dtype)).Succeeded();

        using var merged = Checkpoint.Open(folder["out.safetensors"]);
        Assert.All(merged.Tensors, t => Assert.Equal(stored, t.TypeName));
    }

    [Fact]
    public async Task A_folder_becomes_a_folder_in_shards_with_its_config_and_a_model_card()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder, folders: true);
        var json = (await ToolRun.Of("merge", "--init", init, "--policies", a, b, "--out", folder["out"], "--max-shard-size", "16B", "--json")).Succeeded().Json;

        Assert.Equal(
            ["README.md", "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
            Directory.EnumerateFiles(folder["out"]).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
        Assert.Equal(2, json.GetProperty("files").GetArrayLength());
        Near([2, 1], TestCheckpoints.Read(folder["out"], "model.embed_tokens.weight"));
    }

    [Fact]
    public async Task Without_json_there_is_a_summary_and_with_quiet_nothing()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var told = (await ToolRun.Of("merge", "--init", init, "--policies", a, b, "--out", folder["out.safetensors"])).Succeeded();
        Assert.StartsWith("Merged 2 policies by SLERP, granularity layer, λ = 0.5.", told.Output, StringComparison.Ordinal);
        Assert.Contains("2 groups, 6 parameters", told.Output, StringComparison.Ordinal);
        Assert.Contains(folder["out.safetensors"], told.Output, StringComparison.Ordinal);

        var quiet = (await ToolRun.Of("merge", "--init", init, "--policies", a, b, "--out", folder["out.safetensors"], "--overwrite", "--quiet")).Succeeded();
        Assert.Empty(quiet.Output);
    }

    [Fact]
    public async Task The_summary_says_what_some_groups_are_and_which_code_stays_behind()
    {
        using var folder = new TestFolder();
        var init = TestCheckpoints.Folder(folder["init"], ("x", [1, 1]), ("y", [1, 1]), ("z", [1, 1]));
        var a = TestCheckpoints.Folder(folder["a"], ("x", [2, 1]), ("y", [1, 1]), ("z", [2, 1]));
        var b = TestCheckpoints.Folder(folder["b"], ("x", [1, 2]), ("y", [3, 1]), ("z", [3, 1]));
        var c = TestCheckpoints.Folder(folder["c"], ("x", [1, 3]), ("y", [3, 2]), ("z", [1, 4]));
        await File.WriteAllTextAsync(Path.Combine(init, "modeling_x.py"), "");
        var run = (await ToolRun.Of("merge", "--init", init, "--policies", a, b, c, "--out", folder["out"], "--method", "LERP", "--granularity", "Tensor")).Succeeded();
        Assert.StartsWith("Merged 3 policies by LERP, granularity tensor, λ = 1/m for policy m.", run.Output, StringComparison.Ordinal);
        Assert.Contains("unchanged by a policy: 1 of 3 groups", run.Output, StringComparison.Ordinal);
        Assert.Contains("parallel task vectors: 1 of 3 groups", run.Output, StringComparison.Ordinal);
        Assert.Contains("not copied, because it is code: modeling_x.py", run.Output, StringComparison.Ordinal);
        Assert.Empty(run.Error);
        Assert.False(File.Exists(Path.Combine(folder["out"], "modeling_x.py")));
    }

    [Fact]
    public async Task Angles_that_are_one_number_are_shown_once()
    {
        using var folder = new TestFolder();
        var (init, a, b) = (TestCheckpoints.File(folder["i.safetensors"], ("x", [0, 0])), TestCheckpoints.File(folder["a.safetensors"], ("x", [2, 0])), TestCheckpoints.File(folder["b.safetensors"], ("x", [0, 2])));
        Assert.Contains("2 parameters; angle 90.00°", (await ToolRun.Of("merge", "--init", init, "--policies", a, b, "--out", folder["o.safetensors"])).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_merge_that_is_of_no_use_is_warned_of_in_words_and_in_json()
    {
        using var folder = new TestFolder();
        var (init, a, _) = TestCheckpoints.Orthogonal(folder);
        var run = (await ToolRun.Of("merge", "--init", init, "--policies", a, init, "--out", folder["o.safetensors"])).Succeeded();
        Assert.Contains("warning: Policy 2 is θ_init in every weight", run.Error, StringComparison.Ordinal);
        var json = (await ToolRun.Of("merge", "--init", init, "--policies", a, a, "--out", folder["p.safetensors"], "--json")).Succeeded().Json;
        Assert.StartsWith("Policies 1 and 2 have the same weights", Assert.Single(json.GetProperty("warnings").EnumerateArray()).GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_weight_that_does_not_fit_the_type_exits_with_1_and_leaves_nothing()
    {
        using var folder = new TestFolder();
        var (init, a) = (TestCheckpoints.File(folder["i.safetensors"], ("x", [0, 0])), TestCheckpoints.File(folder["a.safetensors"], ("x", [1e6f, 0])));
        var before = folder.Names;
        var run = (await ToolRun.Of("merge", "--init", init, "--policies", a, a, "--out", folder["o.safetensors"], "--dtype", "f16")).Failed(1);
        Assert.Contains("'x': 1 of 2 weights of the result would be infinite as F16", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, folder.Names);
    }

    [Fact]
    public async Task An_existing_output_is_refused_unless_overwrite_is_given()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        await File.WriteAllTextAsync(folder["out.safetensors"], "older");
        string[] line = ["merge", "--init", init, "--policies", a, b, "--out", folder["out.safetensors"], "--json"];

        Assert.Equal($"error: '{folder["out.safetensors"]}' exists; --overwrite replaces it.", (await ToolRun.Of(line)).Failed(1).Error.Trim());
        Assert.Equal("older", await File.ReadAllTextAsync(folder["out.safetensors"]));

        (await ToolRun.Of([.. line, "--overwrite"])).Succeeded();
        Near([2, 1], TestCheckpoints.Read(folder["out.safetensors"], "model.embed_tokens.weight"));
    }

    [Fact]
    public async Task All_differences_are_listed_and_nothing_is_written()
    {
        using var folder = new TestFolder();
        var (init, a, _) = TestCheckpoints.Orthogonal(folder);
        var other = TestCheckpoints.File(folder["other.safetensors"], ("model.embed_tokens.weight", [1, 1, 1]), ("model.layers.1.w", [1]));
        var before = folder.Names;
        var run = (await ToolRun.Of("merge", "--init", init, "--policies", a, other, "--out", folder["out.safetensors"], "--json")).Failed(1);

        Assert.Contains("(3 differences)", run.Error, StringComparison.Ordinal);
        Assert.Contains("model.embed_tokens.weight", run.Error, StringComparison.Ordinal);
        Assert.Contains("model.layers.0.w", run.Error, StringComparison.Ordinal);
        Assert.Contains("model.layers.1.w", run.Error, StringComparison.Ordinal);
        Assert.Equal(before, folder.Names);
    }

    [Fact]
    public async Task A_missing_file_and_a_malformed_one_exit_with_1()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        await File.WriteAllTextAsync(folder["bad.safetensors"], "no checkpoint");
        foreach (var name in new[] { "none.safetensors", "bad.safetensors" })
        {
            var run = (await ToolRun.Of("merge", "--init", init, "--policies", a, folder[name], "--out", folder["out.safetensors"])).Failed(1);
            Assert.Contains(name, run.Error, StringComparison.Ordinal);
            Assert.StartsWith("error: ", run.Error, StringComparison.Ordinal);
            Assert.Single(run.Error.Trim().Split('\n'));
        }

        Assert.True(File.Exists(b));
    }

    [Fact]
    public async Task A_weight_that_is_not_finite_exits_with_1_and_leaves_nothing()
    {
        using var folder = new TestFolder();
        var (init, a, _) = TestCheckpoints.Orthogonal(folder);
        var bad = TestCheckpoints.File(folder["nan.safetensors"], ("model.embed_tokens.weight", [2, 1]), ("model.layers.0.w", [1, float.NaN, 1, 1]));
        var before = folder.Names;

        Assert.Contains("model.layers.0.w", (await ToolRun.Of("merge", "--init", init, "--policies", a, bad, "--out", folder["out.safetensors"])).Failed(1).Error, StringComparison.Ordinal);
        Assert.Equal(before, folder.Names);
    }

    [Fact]
    public async Task Cancelling_exits_with_130_and_leaves_nothing()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var before = folder.Names;
        using var cancellation = new CancellationTokenSource();
        await cancellation.CancelAsync();

        (await ToolRun.Of(cancellation.Token, "merge", "--init", init, "--policies", a, b, "--out", folder["out.safetensors"])).Failed(130);
        Assert.Equal(before, folder.Names);
    }

    [Theory]
    [InlineData("layer")]
    [InlineData("tensor")]
    [InlineData("model")]
    public async Task The_reference_merges_are_met(string granularity)
    {
        var oracle = SharedData.Path("oracle", "merge");
        using var folder = new TestFolder();
        var json = (await ToolRun.Of(
            "merge", "--init", Path.Combine(oracle, "init.safetensors"), "--policies", Path.Combine(oracle, "a.safetensors"), Path.Combine(oracle, "b.safetensors"),
            "--out", folder["out.safetensors"], "--granularity", granularity, "--lambda", "0.5", "--json")).Succeeded().Json;

        OracleData.Same(Path.Combine(oracle, $"slerp_{granularity}_l0.5.safetensors"), folder["out.safetensors"]);
        using var info = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(oracle, "info.json")));
        var expected = info.RootElement.GetProperty("angles").GetProperty(granularity).EnumerateObject().Where(a => a.Value.ValueKind == JsonValueKind.Number).Select(a => a.Value.GetDouble()).Order();
        var actual = json.GetProperty("groups").EnumerateArray().Select(g => g.GetProperty("steps")[0].GetProperty("angleDegrees"))
            .Where(a => a.ValueKind == JsonValueKind.Number).Select(a => a.GetDouble()).Order();
        // Near 0° and 180° the reference's arc cosine loses half of its digits.
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public async Task The_reference_merge_of_three_with_liti_is_met()
    {
        var oracle = SharedData.Path("oracle", "merge");
        using var folder = new TestFolder();
        (await ToolRun.Of(
            ["merge", "--init", Path.Combine(oracle, "init.safetensors"), "--policies", .. new[] { "a", "b", "c" }.Select(n => Path.Combine(oracle, $"{n}.safetensors")),
            "--out", folder["out.safetensors"], "--liti", "0.3"])).Succeeded();
        OracleData.Same(Path.Combine(oracle, "liti_layer_M3_eta0.3.safetensors"), folder["out.safetensors"]);
    }

    private static JsonElement Group(JsonElement json, string name) =>
        Assert.Single(json.GetProperty("groups").EnumerateArray(), g => g.GetProperty("name").GetString() == name);

    private static double[] Doubles(JsonElement array) => [.. array.EnumerateArray().Select(v => v.GetDouble())];

    private static void Near(double[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, Rounding));
    }
}
