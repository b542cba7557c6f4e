using Warp.Plotting;

namespace Warp.Samples;

/// <summary>The KL-reward fronts with error bars: the reward that training sees beside the score that it does not.</summary>
internal static class Picture
{
    public static void Save(string folder, ExperimentResult result)
    {
        var plot = new FrontPlot
        {
            Title = result.Plan.Words.Title,
            Panels =
            [
                new FrontPanel(result.Plan.Words.RewardAxis, Series(result, m => m.Reward)),
                new FrontPanel(result.Plan.Words.JudgeAxis, Series(result, m => m.Judge)),
            ],
        };
        plot.SavePng(Path.Combine(folder, "front.png"));
        plot.SaveSvg(Path.Combine(folder, "front.svg"));
    }

    private static List<FrontSeries> Series(ExperimentResult result, Func<Measurement, Estimate> value)
    {
        FrontSeriesPoint Point(Measurement m) => new(m.Kl.Mean, value(m).Mean, m.Kl.StandardError, value(m).StandardError);
        FrontSeriesPoint[] Points(IEnumerable<Measurement> measurements) => [.. measurements.Select(Point)];
        var sft = result.Of(Names.Sft);

        // Looks follow the order: what every picture has comes first, so that it looks the same whatever the settings.
        var series = new List<FrontSeries> { new("LERP of the runs", Points(result.Of(Names.Lerp))) { Mark = FrontSeriesMark.Markers } };
        for (var i = 1; i <= result.Settings.Iterations; i++)
            series.Add(new($"WARP front, iteration {i}", Points(result.Of(Names.Warp, i))) { Emphasis = FrontSeriesEmphasis.Strong });
        foreach (var beta in result.BaselineBetas)
            series.Add(new($"REINFORCE, {Names.SftAnchorTitle(beta)}", Points(sft.Concat(result.Of(Names.SftAnchor(beta))))) { Emphasis = FrontSeriesEmphasis.Muted });
        foreach (var run in result.Of(Names.EmaRun, 1).GroupBy(m => m.Run))
            series.Add(new($"EMA anchor, iteration 1, run {run.Key}", Points(sft.Concat(run))) { Emphasis = FrontSeriesEmphasis.Muted });
        return series;
    }
}
