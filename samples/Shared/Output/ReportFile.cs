using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Warp.Samples;

/// <summary>Writes <c>report.json</c>: settings, seeds, versions, every evaluation, angles and norms per group, time and tokens per stage.</summary>
internal static class ReportFile
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static void Save(string path, object options, ExperimentResult result, object sft, object rewardModel, TimeSpan elapsed)
    {
        var report = new
        {
            Options = options,
            Versions = new
            {
                WarpCore = Version(typeof(WarpLoop)),
                TorchSharp = Version(typeof(TorchSharp.torch)),
                Runtime = RuntimeInformation.FrameworkDescription,
                System = RuntimeInformation.OSDescription,
                Architecture = RuntimeInformation.ProcessArchitecture.ToString(),
                Processors = Environment.ProcessorCount,
            },
            Sft = sft,
            RewardModel = rewardModel,
            Stages = result.Plan.Stages.Concat(result.Stages),
            ElapsedSeconds = elapsed.TotalSeconds,
            Evaluations = result.Measurements.Select(m => m with { Evaluation = m.Evaluation with { Rollouts = [] } }),
            Baselines = result.Baselines.Select(Lean),
            Warp = result.Warp.Report with
            {
                Sft = Lean(result.Warp.Report.Sft),
                Front = new KlRewardFront([.. result.Warp.Front.Points.Select(p => p with { Evaluation = Lean(p.Evaluation) })]),
                Iterations = [.. result.Warp.Report.Iterations.Select(i => i with { Runs = [.. i.Runs.Select(Lean)], Merged = Lean(i.Merged), Next = Lean(i.Next) })],
            },
        };
        File.WriteAllText(path, JsonSerializer.Serialize(report, Format) + "\n");
    }

    // Hundreds of completions per evaluation would drown the numbers.
    private static PolicyEvaluation Lean(PolicyEvaluation evaluation) => evaluation with { Rollouts = [] };

    private static ReinforceReport Lean(ReinforceReport report) =>
        report with { Evaluations = [.. report.Evaluations.Select(e => e with { Evaluation = Lean(e.Evaluation) })] };

    private static string? Version(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? type.Assembly.GetName().Version?.ToString();
}
