using System.Globalization;

namespace Warp;

/// <summary>
/// Looks for failure signatures in what a run measures, and says each once. What it says follows from the measurements alone, so a run that is
/// taken up again says the same.
/// </summary>
internal sealed class RunWatch
{
    /// <summary>Steps that are averaged before two times are compared.</summary>
    internal const int Window = 20;

    /// <summary>Steps over which the KL to the anchor must be negative.</summary>
    internal const int LongWindow = 50;

    /// <summary>Standard errors below zero: one false alarm in a few million looks at independent windows.</summary>
    internal const double NegativeErrors = 5;

    /// <summary>Steps in a row without spread.</summary>
    internal const int AlikeSteps = 10;

    /// <summary>Below this many nats per sequence a growing KL is only the beginning of learning.</summary>
    internal const double NoticeableKl = 10;

    /// <summary>Nats per token to the anchor, of which there should be hundredths: the policy's choices are e times as likely as the anchor's, token for token.</summary>
    internal const double KlPerTokenOfAnother = 1;

    /// <summary>Windows over which lengths must grow one after the other, and by how much in all.</summary>
    internal const int LengthWindows = 4;
    internal const double LengthFactor = 1.5;

    /// <summary>Share of completions cut off, and by how much more than at first.</summary>
    internal const double TruncatedShare = 0.5;
    internal const double TruncatedRise = 0.3;

    private readonly ReinforceOptions _options;
    private readonly IReadOnlyList<StepMetrics> _steps;
    private readonly IReadOnlyList<StepEvaluation> _evaluations;
    private readonly List<FailureWarning> _said = [];
    private int _seen;

    /// <summary>Looks at what there is already, without saying it again.</summary>
    /// <param name="options">The settings of the run.</param>
    /// <param name="steps">Grows with the run.</param>
    /// <param name="evaluations">Grows with the run.</param>
    /// <param name="concluded">How many of the steps have been looked at before; what is due after the last may still be missing.</param>
    internal RunWatch(ReinforceOptions options, IReadOnlyList<StepMetrics> steps, IReadOnlyList<StepEvaluation> evaluations, int concluded)
    {
        (_options, _steps, _evaluations) = (options, steps, evaluations);
        LookUntil(concluded);
    }

    /// <summary>Everything said so far.</summary>
    internal IReadOnlyList<FailureWarning> Said => _said;

    /// <summary>Looks at what has been added.</summary>
    /// <returns>What is new.</returns>
    internal IReadOnlyList<FailureWarning> Look()
    {
        var before = _said.Count;
        LookUntil(_steps.Count);
        return _said[before..];
    }

    private void LookUntil(int count)
    {
        for (; _seen < count; _seen++)
        {
            var until = _seen + 1;
            Say(FailureSignature.KlExplosion, until, KlExplosion);
            Say(FailureSignature.NegativeKl, until, NegativeKl);
            Say(FailureSignature.LengthGrowth, until, LengthGrowth);
            Say(FailureSignature.NoRewardSpread, until, NoRewardSpread);
        }
    }

    private void Say(FailureSignature signature, int until, Func<int, string?> find)
    {
        if (!_said.Exists(w => w.Signature == signature) && find(until) is { } message)
            _said.Add(new FailureWarning(signature, _steps[until - 1].Step, message));
    }

    private string? KlExplosion(int until)
    {
        const string Try = "Try a larger KlCoefficient (β), a smaller LearningRate or, with the EMA anchor, a smaller EmaRate (μ).";
        var step = _steps[until - 1].Step;
        if (_options.KlCeiling is { } ceiling && _evaluations.FirstOrDefault(e => e.Step == step) is { } at && at.Evaluation.Kl.Mean >= ceiling / 2 && at.Evaluation.Kl.Mean < ceiling)
            return Text($"The KL to the SFT policy is {at.Evaluation.Kl.Mean:0.#} nats, half-way or more to the ceiling of {ceiling:0.#} at which the run would end. {Try}");
        if (until < Window)
            return null;
        if (Mean(until, s => s.KlToAnchorPerToken) is >= KlPerTokenOfAnother and var perToken)
            return Text($"The KL to the anchor is {Mean(until, s => s.KlToAnchor):0.##} nats, {perToken:0.##} per token, the mean of {Window} steps: the policy has left the anchor behind. β is too low, or the anchor does not follow. {Try}");
        if (until < 3 * Window)
            return null;
        var (first, second, last) = (Mean(until - 2 * Window, s => s.KlToAnchor), Mean(until - Window, s => s.KlToAnchor), Mean(until, s => s.KlToAnchor));
        return last >= NoticeableKl && last >= 2 * second && second >= 2 * first
            ? Text($"The KL to the anchor is exploding: {first:0.##}, {second:0.##}, {last:0.##} nats, means of {Window} steps one after the other. β is too low, or the anchor does not follow. {Try}")
            : null;
    }

    private string? NegativeKl(int until)
    {
        if (until < LongWindow)
            return null;
        var kl = Estimate.Of([.. Range(until, LongWindow).Select(s => s.KlToAnchor).Where(double.IsFinite)]);
        return kl.Count > LongWindow / 2 && kl.Mean < -NegativeErrors * kl.StandardError
            ? Text($"The KL to the anchor is {kl.Mean:0.####} ± {kl.StandardError:0.####} nats over {LongWindow} steps. A KL is never negative: the sampler and the scorer of the policy disagree about log-probabilities. Compare Generate with LogProbabilities: temperature, padding, end token, dropout, and whether both use the same weights.")
            : null;
    }

    private string? LengthGrowth(int until)
    {
        if (until < LengthWindows * Window)
            return null;
        var lengths = Enumerable.Range(0, LengthWindows).Select(w => Mean(until - (LengthWindows - 1 - w) * Window, s => s.Length)).ToArray();
        var grows = lengths.Zip(lengths.Skip(1)).All(p => p.First < p.Second) && lengths[^1] >= LengthFactor * lengths[0];
        var (before, now) = (_steps.Take(Window).Average(s => s.TruncatedShare), Mean(until, s => s.TruncatedShare));
        const string Try = "The reward may favour length: try RewardModel.WithLengthPenalty, or WithTruncatedReward for those cut off.";
        if (grows)
            return Text($"Completions grow steadily longer: {string.Join(", ", lengths.Select(l => Text($"{l:0.#}")))} tokens, means of {Window} steps one after the other. {Try}");
        return now >= TruncatedShare && now >= before + TruncatedRise
            ? Text($"{now:P0} of the completions are cut off at {_options.Sampling.MaxNewTokens} tokens, after {before:P0} at the start. {Try}")
            : null;
    }

    private string? NoRewardSpread(int until)
    {
        if (until < AlikeSteps || !Range(until, AlikeSteps).All(s => s.Used > 1 && s.RewardDeviation <= 1e-9 * Math.Abs(s.Reward)))
            return null;
        return Text($"All rewards of a batch have been alike for {AlikeSteps} steps (now {_steps[until - 1].Reward:0.####}), so there is nothing to learn from but the KL. Look at the reward model's range and at whether it reads these completions; a policy that says the same every time also looks like this.");
    }

    private IEnumerable<StepMetrics> Range(int until, int count) => Enumerable.Range(until - count, count).Select(i => _steps[i]);

    private double Mean(int until, Func<StepMetrics, double> of) => Range(until, Window).Select(of).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
