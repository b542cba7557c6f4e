using System.Globalization;

namespace Warp.Samples;

/// <summary>
/// Writes <c>front.csv</c>: a row per evaluated policy. Trajectories are several rows of one method without η, in the order of run and step.
/// </summary>
internal static class FrontCsv
{
    public static void Save(string path, ExperimentResult result) =>
        File.WriteAllText(path, string.Concat(result.Measurements.Select(Line).Prepend(Header(result.Plan.Words.JudgeName)).Select(line => line + "\n")));

    private static string Header(string judge) => $"method,iteration,eta,kl,kl_se,reward,reward_se,{judge},{judge}_se";

    private static string Line(Measurement m) => string.Join(
        ',',
        m.Method,
        m.Iteration.ToString(CultureInfo.InvariantCulture),
        m.Eta?.ToString("0.####", CultureInfo.InvariantCulture),
        Number(m.Kl.Mean),
        Number(m.Kl.StandardError),
        Number(m.Reward.Mean),
        Number(m.Reward.StandardError),
        Number(m.Judge.Mean),
        Number(m.Judge.StandardError));

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
