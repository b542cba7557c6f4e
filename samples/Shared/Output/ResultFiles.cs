namespace Warp.Samples;

/// <summary>The files that every sample that trains writes.</summary>
internal static class ResultFiles
{
    public static readonly IReadOnlyList<string> Names = ["front.csv", "front.png", "front.svg", "report.json", "sft.safetensors", "warp.safetensors"];

    /// <summary>Writes them into the folder of the options.</summary>
    /// <param name="options">The settings, for the report.</param>
    /// <param name="result">What was measured.</param>
    /// <param name="sft">What is known of θ_sft, for the report.</param>
    /// <param name="rewardModel">What is known of the reward model, for the report.</param>
    /// <param name="elapsed">How long everything took.</param>
    public static void Save(ExperimentOptions options, ExperimentResult result, object sft, object rewardModel, TimeSpan elapsed)
    {
        string In(string name) => Path.Combine(options.Out, name);
        FrontCsv.Save(In("front.csv"), result);
        Picture.Save(options.Out, result);
        Safetensors.Save(In("sft.safetensors"), result.Plan.Sft.Weights);
        Safetensors.Save(In("warp.safetensors"), result.Warp.Weights);
        ReportFile.Save(In("report.json"), options, result, sft, rewardModel, elapsed);
    }
}
