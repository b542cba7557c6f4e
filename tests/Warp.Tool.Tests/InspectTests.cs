using System.Text.Json;

namespace Warp.Tests;

public sealed class InspectTests
{
    // θ¹ = (4, 1, 1, 1) and θ² = (1, 4, 1, 1): θ¹·θ² = 10 and ‖θ‖² = 19.
    private static readonly double FullAngle = Math.Acos(10.0 / 19) * 180 / Math.PI;

    [Fact]
    public async Task Json_has_groups_and_full_weight_angles()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var before = folder.Names;
        var json = (await ToolRun.Of("inspect", "--init", init, "--policies", a, b, "--json")).Succeeded().Json;

        Assert.Equal(
            ["granularity", "init", "policies", "groups", "fullWeightAnglesDegrees", "warnings", "plot"], json.EnumerateObject().Select(p => p.Name));
        var groups = json.GetProperty("groups").EnumerateArray().ToList();
        var block = groups.FindIndex(g => g.GetProperty("name").GetString() == "model.layers.0");
        Assert.Equal(90, groups[block].GetProperty("steps")[0].GetProperty("angleDegrees").GetDouble(), 9);
        Assert.Equal(groups.Count, json.GetProperty("fullWeightAnglesDegrees").GetArrayLength());
        Assert.Equal(FullAngle, json.GetProperty("fullWeightAnglesDegrees")[block][0].GetDouble(), 9);
        Assert.Equal(before, folder.Names);
    }

    [Fact]
    public async Task The_table_shows_norms_angles_and_ratios_in_unbroken_lines()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var lines = (await ToolRun.Of("inspect", "--init", init, "--policies", a, b)).Succeeded().Output.Split('\n');

        Assert.Contains(lines, l => l.Contains("‖δ¹‖", StringComparison.Ordinal) && l.Contains("∠ δ¹ δ²", StringComparison.Ordinal) && l.Contains("∠ θ¹ θ²", StringComparison.Ordinal));
        var block = Assert.Single(lines, l => l.Contains("model.layers.0", StringComparison.Ordinal));
        Assert.Contains("90.00°", block, StringComparison.Ordinal);
        Assert.Contains($"{Math.Round(FullAngle, 2)}°", block, StringComparison.Ordinal);
        Assert.Contains("parallel", Assert.Single(lines, l => l.Contains("model.embed_tokens.weight", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_from_files_cannot_steer_the_terminal()
    {
        using var folder = new TestFolder();
        var name = "evil\u001b[2J[red]x";
        var path = TestCheckpoints.File(folder["i.safetensors"], (name, [1, 2]));
        var run = (await ToolRun.Of("inspect", "--init", path, "--policies", path, path)).Succeeded();

        Assert.DoesNotContain('\u001b', run.Output);
        Assert.Contains("[red]x", run.Output, StringComparison.Ordinal);
        Assert.Contains("unchanged", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("figure.png")]
    [InlineData("figure.SVG")]
    public async Task Plot_draws_the_histograms(string name)
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var json = (await ToolRun.Of("inspect", "--init", init, "--policies", a, b, "--plot", folder[name], "--json")).Succeeded().Json;

        Assert.Equal(folder[name], json.GetProperty("plot").GetString());
        Assert.Contains($"Figure: {folder[name]}", (await ToolRun.Of("inspect", "--init", init, "--policies", a, b, "--plot", folder[name])).Succeeded().Output, StringComparison.Ordinal);
        var bytes = await File.ReadAllBytesAsync(folder[name]);
        if (name.EndsWith("png", StringComparison.Ordinal))
            Assert.Equal([0x89, 0x50, 0x4E, 0x47], bytes[..4]);
        else
        {
            var svg = System.Text.Encoding.UTF8.GetString(bytes);
            Assert.Contains("angle of task vectors (°)", svg, StringComparison.Ordinal);
            Assert.Contains("a.safetensors, b.safetensors about init.safetensors, granularity layer", svg, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_plot_into_a_folder_that_is_not_there_is_refused_before_the_work()
    {
        using var folder = new TestFolder();
        var run = (await ToolRun.Of("inspect", "--init", "none", "--policies", "none", "none", "--plot", Path.Combine(folder["no"], "f.png"))).Failed(1);
        Assert.Contains("--plot", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reference_angles_of_every_tensor_are_met()
    {
        var oracle = SharedData.Path("oracle", "merge");
        var json = (await ToolRun.Of(
            "inspect", "--init", Path.Combine(oracle, "init.safetensors"), "--policies", Path.Combine(oracle, "a.safetensors"), Path.Combine(oracle, "b.safetensors"),
            "--granularity", "tensor", "--json")).Succeeded().Json;
        using var info = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(oracle, "info.json")));
        foreach (var expected in info.RootElement.GetProperty("angles").GetProperty("tensor").EnumerateObject())
        {
            var actual = Assert.Single(json.GetProperty("groups").EnumerateArray(), g => g.GetProperty("name").GetString() == expected.Name)
                .GetProperty("steps")[0].GetProperty("angleDegrees");
            Assert.Equal(expected.Value.ValueKind, actual.ValueKind);
            if (expected.Value.ValueKind == JsonValueKind.Number)
                Assert.Equal(expected.Value.GetDouble(), actual.GetDouble(), 1e-5);
        }
    }
}
