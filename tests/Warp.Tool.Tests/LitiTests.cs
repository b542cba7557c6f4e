using Warp.Tool.Commands;

namespace Warp.Tests;

public sealed class LitiTests
{
    [Theory]
    [InlineData("out", 0.3, true, "out/eta-0.3")]
    [InlineData("out", 0.3, false, "out-eta-0.3.safetensors")]
    [InlineData("out.safetensors", 0.3, false, "out-eta-0.3.safetensors")]
    [InlineData("out", 1, false, "out-eta-1.safetensors")]
    [InlineData("out", 0, false, "out-eta-0.safetensors")]
    [InlineData("out", 0.00001, false, "out-eta-0.00001.safetensors")]
    public void Outputs_are_named_after_eta(string output, double eta, bool isFolder, string expected) =>
        Assert.Equal(expected.Replace('/', Path.DirectorySeparatorChar), LitiCommand.PathOf(output, eta, isFolder));

    [Fact]
    public async Task Into_a_folder_go_files_named_after_eta_alone()
    {
        using var folder = new TestFolder();
        Assert.Equal(Path.Combine(folder.Path, "eta-0.7.safetensors"), LitiCommand.PathOf(folder.Path, 0.7, isFolder: false));
        var (init, a, _) = TestCheckpoints.Orthogonal(folder);
        (await ToolRun.Of("liti", "--init", init, "--target", a, "--eta", "0.7", "--out", folder["new"] + Path.DirectorySeparatorChar)).Succeeded();
        Assert.True(File.Exists(Path.Combine(folder["new"], "eta-0.7.safetensors")));
    }

    [Fact]
    public void Minus_zero_is_zero() => Assert.Equal("out-eta-0.safetensors", LitiCommand.PathOf("out", double.NegativeZero, isFolder: false));

    [Fact]
    public async Task One_file_per_eta_with_points_on_the_line()
    {
        using var folder = new TestFolder();
        var (init, a, _) = TestCheckpoints.Orthogonal(folder);
        var json = (await ToolRun.Of("liti", "--init", init, "--target", a, "--eta", "0", "0.25", "1", "--out", folder["l"], "--json")).Succeeded().Json;

        Assert.Equal(["init", "target", "dtype", "outputs"], json.EnumerateObject().Select(p => p.Name));
        Assert.Equal([0, 0.25, 1], json.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("eta").GetDouble()));
        Assert.Equal(
            [folder["l-eta-0.safetensors"], folder["l-eta-0.25.safetensors"], folder["l-eta-1.safetensors"]],
            json.GetProperty("outputs").EnumerateArray().Select(o => o.GetProperty("path").GetString()));
        Assert.Equal([1, 1, 1, 1], TestCheckpoints.Read(folder["l-eta-0.safetensors"], "model.layers.0.w"));
        Assert.Equal([1.75f, 1, 1, 1], TestCheckpoints.Read(folder["l-eta-0.25.safetensors"], "model.layers.0.w"));
        Assert.Equal([4, 1, 1, 1], TestCheckpoints.Read(folder["l-eta-1.safetensors"], "model.layers.0.w"));
    }

    [Fact]
    public async Task Folders_come_of_a_folder()
    {
        using var folder = new TestFolder();
        var (init, a, _) = TestCheckpoints.Orthogonal(folder, folders: true);
        var run = (await ToolRun.Of("liti", "--init", init, "--target", a, "--eta", "0.5", "0.75", "--out", folder["l"])).Succeeded();

        Assert.Contains($"η = 0.5: {Path.Combine(folder["l"], "eta-0.5")}", run.Output, StringComparison.Ordinal);
        Assert.Equal([2.5f, 1, 1, 1], TestCheckpoints.Read(Path.Combine(folder["l"], "eta-0.5"), "model.layers.0.w"));
        Assert.Equal([3.25f, 1, 1, 1], TestCheckpoints.Read(Path.Combine(folder["l"], "eta-0.75"), "model.layers.0.w"));
        Assert.True(File.Exists(Path.Combine(folder["l"], "eta-0.75", "config.json")));
    }

    [Fact]
    public async Task Extrapolation_needs_leave()
    {
        using var folder = new TestFolder();
        var (init, a, _) = TestCheckpoints.Orthogonal(folder);
        (await ToolRun.Of("liti", "--init", init, "--target", a, "--eta", "2", "--out", folder["l"])).Failed(2);
        (await ToolRun.Of("liti", "--init", init, "--target", a, "--eta", "2", "--out", folder["l"], "--extrapolate")).Succeeded();
        Assert.Equal([7, 1, 1, 1], TestCheckpoints.Read(folder["l-eta-2.safetensors"], "model.layers.0.w"));
    }

    [Fact]
    public async Task One_existing_output_refuses_all()
    {
        using var folder = new TestFolder();
        var (init, a, _) = TestCheckpoints.Orthogonal(folder);
        await File.WriteAllTextAsync(folder["l-eta-1.safetensors"], "older");
        var before = folder.Names;

        (await ToolRun.Of("liti", "--init", init, "--target", a, "--eta", "0.5", "1", "--out", folder["l"])).Failed(1);
        Assert.Equal(before, folder.Names);
    }
}
