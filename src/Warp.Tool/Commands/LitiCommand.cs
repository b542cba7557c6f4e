using System.CommandLine;
using Warp.Tool.Input;
using Warp.Tool.Output;

namespace Warp.Tool.Commands;

/// <summary><c>dotnet warp liti</c>: points on the line from the start to a target.</summary>
internal static class LitiCommand
{
    internal static Command Create(ToolConsole console)
    {
        var init = Settings.Init();
        var target = Settings.Target();
        var etas = Settings.Etas();
        var output = Settings.Out("One result per η, of INIT's kind: the folder OUT/eta-0.3, or the file OUT-eta-0.3.safetensors (OUT/eta-0.3.safetensors if OUT is a folder).");
        var extrapolate = Settings.Extrapolate();
        var dtype = Settings.Dtype();
        var shard = Settings.MaxShardSize();
        var memory = Settings.Memory();
        var overwrite = Settings.Overwrite();
        var quiet = Settings.Quiet();
        var json = Settings.Json();
        var command = new Command("liti", "Interpolates linearly from INIT towards T: (1 − η) · INIT + η · T, for each η in one pass.")
        {
            init, target, etas, output, extrapolate, dtype, shard, memory, overwrite, quiet, json,
        };
        command.Validators.Add(result =>
        {
            Settings.RefuseExtrapolation(result, etas, extrapolate);
            Settings.RefuseShardsOfFile(result, init, shard);
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var start = parsed.GetRequiredValue(init);
                var end = parsed.GetRequiredValue(target);
                InputPaths.Check([(init.Name, start), (target.Name, end)]);
                var options = new CheckpointMergeOptions
                {
                    Merge = new() { OutputType = Settings.TypeOf(parsed.GetRequiredValue(dtype)) },
                    AllowExtrapolation = parsed.GetValue(extrapolate),
                    MaxShardBytes = parsed.GetValue(shard) ?? CheckpointWriterOptions.DefaultMaxShardBytes,
                    MemoryBudget = parsed.GetValue(memory) ?? CheckpointMergeOptions.DefaultMemoryBudget,
                    Overwrite = parsed.GetValue(overwrite),
                };
                var outputs = parsed.GetRequiredValue(etas)
                    .Select(eta => new LitiOutput(eta, PathOf(parsed.GetRequiredValue(output), eta, isFolder: Directory.Exists(start))))
                    .ToList();
                ProgressDisplay.Show(console, parsed.GetValue(quiet), progress =>
                {
                    new CheckpointMerger().Interpolate(start, end, [.. outputs.Select(o => (o.Eta, o.Path))], options, progress, cancellationToken);
                    return ExitCode.Success;
                });
                if (parsed.GetValue(json))
                    console.Output.WriteLine(ResultJson.Of(new LitiOutcome(start, end, parsed.GetRequiredValue(dtype), outputs)));
                else if (!parsed.GetValue(quiet))
                    outputs.ForEach(o => console.Output.WriteLine(PlainText.Of($"η = {Numbers.Setting(o.Eta)}: {o.Path}")));
                return ExitCode.Success;
            },
            CancellationToken.None));
        return command;
    }

    /// <summary>Where the result of an η goes.</summary>
    internal static string PathOf(string output, double eta, bool isFolder)
    {
        const string Extension = ".safetensors";
        var name = $"eta-{Numbers.Setting(eta)}";
        if (isFolder)
            return Path.Combine(output, name);
        if (Path.EndsInDirectorySeparator(output) || Directory.Exists(output))
            return Path.Combine(output, name + Extension);
        var stem = output.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? output[..^Extension.Length] : output;
        return $"{stem}-{name}{Extension}";
    }
}
