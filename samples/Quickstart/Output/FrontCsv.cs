using System.Globalization;

namespace Warp.Quickstart;

/// <summary>
/// Writes <c>front.csv</c>: a row per evaluated policy. Trajectories are several rows of one method without η, in the order of run and step.
/// </summary>
internal static class FrontCsv
{
    public const string Header = "method,iteration,eta,kl,kl_se,reward,reward_se,gold,gold_se";

    public static void Save(string path, IEnumerable<Measurement> measurements) =>
        File.WriteAllText(path, string.Concat(measurements.Select(Line).Prepend(Header).Select(line => line + "\n")));

    private static string Line(Measurement m) => string.Join(
        ',',
        m.Method,
        m.Iteration.ToString(CultureInfo.InvariantCulture),
        m.Eta?.ToString("0.####", CultureInfo.InvariantCulture),
        Number(m.Kl.Mean),
        Number(m.Kl.StandardError),
        Number(m.Reward.Mean),
        Number(m.Reward.StandardError),
        Number(m.Gold.Mean),
        Number(m.Gold.StandardError));

    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);
}
