using System.CommandLine;
using Warp.Tool.Input;
using Warp.Tool.Output;

namespace Warp.Tool.Commands;

/// <summary><c>dotnet warp merge</c>: several policies become one.</summary>
internal static class MergeCommand
{
    internal static Command Create(ToolConsole console)
    {
        var init = Settings.Init();
        var policies = Settings.Policies();
        var output = Settings.Out("The merge, of INIT's kind: a .safetensors file or a folder.");
        var method = Settings.Method();
        var granularity = Settings.Granularity();
        var lambda = Settings.Lambda();
        var eta = Settings.Liti();
        var extrapolate = Settings.Extrapolate();
        var dtype = Settings.Dtype();
        var shard = Settings.MaxShardSize();
        var memory = Settings.Memory();
        var overwrite = Settings.Overwrite();
        var quiet = Settings.Quiet();
        var json = Settings.Json();
        var command = new Command("merge", "Merges policies that started from one INIT by SLERP (or LERP) of their task vectors.")
        {
            init, policies, output, method, granularity, lambda, eta, extrapolate, dtype, shard, memory, overwrite, quiet, json,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(lambda) is { Implicit: false } && result.GetResult(policies)?.Tokens.Count is > 2 and var count)
                result.AddError($"--lambda is for two policies, and there are {count}; leave it out for the recursion with 1/m.");
            if (result.GetResult(extrapolate) is { Implicit: false } && result.GetResult(eta) is null or { Implicit: true })
                result.AddError("--extrapolate is about --liti, which is not given; give --liti too, or leave it out.");
            Settings.RefuseExtrapolation(result, eta, extrapolate);
            Settings.RefuseShardsOfFile(result, init, shard);
        });
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var (start, paths) = (parsed.GetRequiredValue(init), parsed.GetRequiredValue(policies));
                InputPaths.Check([(init.Name, start), .. paths.Select(p => (policies.Name, p))]);
                var options = new CheckpointMergeOptions
                {
                    Method = parsed.GetValue(method) == "lerp" ? CheckpointMergeMethod.Lerp : CheckpointMergeMethod.Slerp,
                    Merge = new()
                    {
                        Granularity = Settings.GranularityOf(parsed.GetRequiredValue(granularity)),
                        Lambda = parsed.GetValue(lambda),
                        OutputType = Settings.TypeOf(parsed.GetRequiredValue(dtype)),
                    },
                    Eta = parsed.GetValue(eta),
                    AllowExtrapolation = parsed.GetValue(extrapolate),
                    MaxShardBytes = parsed.GetValue(shard) ?? CheckpointWriterOptions.DefaultMaxShardBytes,
                    MemoryBudget = parsed.GetValue(memory) ?? CheckpointMergeOptions.DefaultMemoryBudget,
                    Overwrite = parsed.GetValue(overwrite),
                };
                var target = parsed.GetRequiredValue(output);
                var report = ProgressDisplay.Show(
                    console,
                    parsed.GetValue(quiet),
                    progress => new CheckpointMerger().Merge(start, paths, target, options, progress, cancellationToken));
                var outcome = new MergeOutcome(
                    report.Method,
                    parsed.GetRequiredValue(granularity),
                    options.Merge.Lambda ?? (paths.Length == 2 ? 0.5 : null),
                    options.Eta,
                    parsed.GetRequiredValue(dtype),
                    start,
                    paths,
                    target,
                    WrittenFiles.Of(target),
                    report.Groups,
                    report.Warnings);
                if (parsed.GetValue(json))
                    console.Output.WriteLine(ResultJson.Of(outcome));
                else
                    MergeSummary.Write(console, outcome, parsed.GetValue(quiet));
                return ExitCode.Success;
            },
            CancellationToken.None));
        return command;
    }
}
