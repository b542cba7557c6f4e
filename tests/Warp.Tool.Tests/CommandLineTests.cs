namespace Warp.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("merge")]
    [InlineData("liti")]
    [InlineData("inspect")]
    public async Task Help_names_every_option_of_the_command(string command)
    {
        var help = (await ToolRun.Of(command, "--help")).Succeeded().Output;
        string[] options = command switch
        {
            "merge" => ["--init", "--policies", "--out", "--method", "--granularity", "--lambda", "--liti", "--dtype", "--max-shard-size", "--json"],
            "liti" => ["--init", "--target", "--eta", "--out"],
            _ => ["--init", "--policies", "--granularity", "--json", "--plot"],
        };
        Assert.All(options, option => Assert.Contains(option, help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "Required command")]
    [InlineData("mrege", "There is no command 'mrege'; did you mean 'merge'?")]
    [InlineData("frobnicate --init i", "There is no command 'frobnicate'.")]
    [InlineData("merge --init i --policies a b --lamda 0.3 --out o", "There is no option '--lamda'; did you mean '--lambda'?")]
    [InlineData("merge --init i --out o --policies a b --overwite", "There is no option '--overwite'; did you mean '--overwrite'?")]
    [InlineData("merge --init i --policies a b --out o --eta 0.3", "There is no option '--eta'; did you mean '--liti'?")]
    [InlineData("merge --init i --policies a b --out --x", "There is no option '--x'; a path that begins with '-' is written './--x'.")]
    [InlineData("merge --init -i --policies a b --out o", "There is no option '-i'; a path that begins with '-' is written './-i'.")]
    [InlineData("merge --init i --policies a b --out o surplus", "'surplus' belongs to no option.")]
    [InlineData("liti --init i --target t --out o --eta 0.3 --dtpye f32", "There is no option '--dtpye'; did you mean '--dtype'?")]
    [InlineData("liti --init i --target t --out o --eta 0.1,0.3", "and several separated by spaces")]
    [InlineData("liti --init i --target t --out o --eta -0.5", "--eta is -0.5; it must be from 0 to 1")]
    [InlineData("inspect --init i --policies a,b", "--policies has 1 value; give two or more, separated by spaces")]
    [InlineData("merge --init i --policies a b --out o --extrapolate", "--extrapolate is about --liti, which is not given")]
    [InlineData("merge --policies a b --out o", "--init")]
    [InlineData("merge --init i --out o", "--policies")]
    [InlineData("merge --init i --policies a b", "--out")]
    [InlineData("merge --init i --policies a --out o", "--policies has 1 value; give two or more")]
    [InlineData("merge --init i --policies a b --out o --lambda 0,5", "--lambda is '0,5', which is not a number; write it with a decimal point")]
    [InlineData("merge --init i --policies a b --out o --lambda 1,000", "'1,000', which is not a number")]
    [InlineData("merge --init i --policies a b --out o --lambda NaN", "'NaN', which is not a number")]
    [InlineData("merge --init i --policies a b --out o --lambda 1.01", "--lambda is 1.01; it must be from 0 to 1")]
    [InlineData("merge --init i --policies a b --out o --lambda -0.1", "--lambda is -0.1; it must be from 0 to 1")]
    [InlineData("merge --init i --policies a b c --out o --lambda 0.5", "--lambda is for two policies, and there are 3")]
    [InlineData("merge --init i --policies a b --out o --liti 1.5", "--liti is 1.5; it must be from 0 to 1 (--extrapolate allows more)")]
    [InlineData("merge --init i --policies a b --out o --method ties", "--method is 'ties'; it may be slerp or lerp")]
    [InlineData("merge --init i --policies a b --out o --granularity block", "--granularity is 'block'; it may be layer, tensor or model")]
    [InlineData("merge --init i --policies a b --out o --dtype fp8", "--dtype is 'fp8'; it may be same, f32, bf16 or f16")]
    [InlineData("merge --init i --policies a b --out o --max-shard-size 5XB", "--max-shard-size: '5XB' is not a size")]
    [InlineData("merge --init i --policies a b --out o --max-shard-size 1,5GB", "'1,5GB' is not a size")]
    [InlineData("merge --init i --policies a b --out o --memory 1000KB", "--memory is 1000KB; it must be at least 1MiB")]
    [InlineData("merge --init i --policies a b --out o --memory 1000", "--memory: '1000' has no unit; write it with one, such as 5GB, 500MB or 1.5GiB")]
    [InlineData("inspect --init i --policies a b --memory 1KB", "--memory is 1KB; it must be at least 1MiB")]
    [InlineData("merge --init i --policies a b --out o --unknown", "--unknown")]
    [InlineData("liti --init i --target t --out o", "--eta")]
    [InlineData("liti --init i --target t --out o --eta 0.1 0,3", "--eta is '0,3', which is not a number")]
    [InlineData("liti --init i --target t --out o --eta 0.3 0.30", "--eta has 0.3 more than once")]
    [InlineData("liti --init i --target t --out o --eta 0.3 1.2", "--eta is 1.2; it must be from 0 to 1 (--extrapolate allows more)")]
    [InlineData("inspect --init i --policies a b --plot figure.pdf", "--plot is 'figure.pdf'; its name must end in .png or .svg")]
    public async Task Wrong_command_lines_exit_with_2_and_say_why(string line, string why)
    {
        var run = (await ToolRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Failed(2);
        Assert.Contains(why, run.Error, StringComparison.Ordinal);
        Assert.Contains("--help'", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("merge --init i --policies a b --lamda 0.3 --method ties")]
    [InlineData("mrege --init i")]
    public async Task A_word_that_does_not_exist_is_the_only_error(string line) =>
        Assert.Single((await ToolRun.Of(line.Split(' '))).Failed(2).Error.Split('\n'), l => l.StartsWith("error:", StringComparison.Ordinal));

    [Theory]
    [InlineData("merge")]
    [InlineData("inspect")]
    public async Task Help_calls_the_tool_as_people_do(string command)
    {
        Assert.Contains("  dotnet warp [command] [options]", (await ToolRun.Of("--help")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains($"  dotnet warp {command} [options]", (await ToolRun.Of(command, "--help")).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shards_of_a_file_are_refused()
    {
        using var folder = new TestFolder();
        var (init, a, b) = TestCheckpoints.Orthogonal(folder);
        var run = (await ToolRun.Of("merge", "--init", init, "--policies", a, b, "--out", folder["o.safetensors"], "--max-shard-size", "5G")).Failed(2);
        Assert.Contains("--max-shard-size divides folders, but --init", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_inputs_are_told_with_their_options_all_at_once()
    {
        using var folder = new TestFolder();
        var (init, a, _) = TestCheckpoints.Orthogonal(folder);
        Assert.Equal(
            "error: --policies 'owner/model' does not exist. Models are not downloaded; give a local folder or file.\n",
            (await ToolRun.Of("merge", "--init", init, "--policies", a, "owner/model", "--out", folder["o.safetensors"])).Failed(1).Error.ReplaceLineEndings("\n"));
        Assert.Contains("--init 'none', --target 'nil' do not exist.", (await ToolRun.Of("liti", "--init", "none", "--target", "nil", "--eta", "1", "--out", "o")).Failed(1).Error, StringComparison.Ordinal);
        Assert.Contains("--init 'none' does", (await ToolRun.Of("inspect", "--init", "none", "--policies", init, a)).Failed(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_path_is_a_wrong_command_line() =>
        Assert.Contains("--init has an empty value", (await ToolRun.Of("merge", "--init", "", "--policies", "a", "b", "--out", "o")).Failed(2).Error, StringComparison.Ordinal);

    [Fact]
    public async Task Every_mistake_is_told_at_once()
    {
        var run = (await ToolRun.Of("merge", "--init", "i", "--policies", "a", "b", "--out", "o", "--lambda", "2", "--method", "ties")).Failed(2);
        Assert.Contains("--lambda is 2", run.Error, StringComparison.Ordinal);
        Assert.Contains("--method is 'ties'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_begins_with_an_at_sign_is_a_path()
    {
        using var folder = new TestFolder();
        var missing = (await ToolRun.Of("inspect", "--init", "@start.safetensors", "--policies", folder["a.safetensors"], folder["b.safetensors"])).Failed(1);
        Assert.Contains("@start.safetensors", missing.Error, StringComparison.Ordinal);
    }
}
