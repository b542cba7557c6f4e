using System.Diagnostics;
using System.Diagnostics.Metrics;
using TorchSharp;

namespace Warp;

/// <summary>What OpenTelemetry and others can collect without this library knowing of them: spans and instruments under the name <c>Warp.Core</c>.</summary>
internal static class Telemetry
{
    internal const string Name = "Warp.Core";

    private static readonly ActivitySource Source = new(Name);

    private static readonly Meter Meter = new(Name);

    private static readonly Gauge<double> Reward = Meter.CreateGauge<double>("warp.reward", description: "Mean reward of a step, without the KL penalty.");
    private static readonly Gauge<double> KlToAnchor = Meter.CreateGauge<double>("warp.kl.anchor", "{nat}", "Mean KL to the anchor per sequence.");
    private static readonly Gauge<double> KlToStart = Meter.CreateGauge<double>("warp.kl.sft", "{nat}", "KL to the SFT policy per sequence, on held-out prompts.");
    private static readonly Gauge<double> HeldOutReward = Meter.CreateGauge<double>("warp.reward.heldout", description: "Mean reward on held-out prompts.");
    private static readonly Gauge<double> Length = Meter.CreateGauge<double>("warp.completion.length", "{token}", "Mean tokens per completion.");
    private static readonly Gauge<double> Truncated = Meter.CreateGauge<double>("warp.completion.truncated", "1", "Share of completions cut off at the greatest length.");
    private static readonly Gauge<double> GradientNorm = Meter.CreateGauge<double>("warp.gradient.norm", description: "Norm of the gradient before clipping.");
    private static readonly Gauge<double> TokensPerSecond = Meter.CreateGauge<double>("warp.tokens.rate", "{token}/s", "Generated tokens per second of a step.");
    private static readonly Counter<long> Steps = Meter.CreateCounter<long>("warp.steps", "{step}", "Steps taken.");
    private static readonly Counter<long> Skipped = Meter.CreateCounter<long>("warp.steps.skipped", "{step}", "Steps that were not applied because something was not finite.");

    static Telemetry() => Meter.CreateObservableGauge(
        "warp.tensors.live", () => torch.Tensor.TotalCount, "{tensor}", "Tensors of this process that have not been freed.");

    /// <summary>Does work within a span.</summary>
    /// <param name="name">The span's name.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="work">The work.</param>
    /// <param name="cause">What the work belongs to; the default is whatever is under way on this thread.</param>
    internal static T InSpan<T>(string name, TagList tags, Func<T> work, ActivityContext cause = default)
    {
        using var span = Source.StartActivity(ActivityKind.Internal, cause, tags, name: name);
        try
        {
            return work();
        }
        catch (Exception failure)
        {
            Mark(span, failure);
            throw;
        }
    }

    /// <summary>Does work within a span.</summary>
    /// <param name="name">The span's name.</param>
    /// <param name="tags">Its tags.</param>
    /// <param name="work">The work.</param>
    internal static async Task<T> InSpanAsync<T>(string name, TagList tags, Func<Task<T>> work)
    {
        using var span = Source.StartActivity(ActivityKind.Internal, tags: tags, name: name);
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Mark(span, failure);
            throw;
        }
    }

    // Whoever cancels has asked for it.
    private static void Mark(Activity? span, Exception failure)
    {
        if (failure is not OperationCanceledException)
            span?.SetStatus(ActivityStatusCode.Error, failure.Message).AddException(failure);
    }

    /// <summary>Says what a step measured.</summary>
    internal static void Record(StepMetrics step, TagList run)
    {
        Reward.Record(step.Reward, run);
        KlToAnchor.Record(step.KlToAnchor, run);
        Length.Record(step.Length, run);
        Truncated.Record(step.TruncatedShare, run);
        GradientNorm.Record(step.GradientNorm, run);
        if (step.Duration > TimeSpan.Zero)
            TokensPerSecond.Record(step.Tokens / step.Duration.TotalSeconds, run);
        Steps.Add(1, run);
        if (step.IsSkipped)
            Skipped.Add(1, run);
    }

    /// <summary>Says what a held-out evaluation measured.</summary>
    internal static void Record(PolicyEvaluation evaluation, TagList where)
    {
        KlToStart.Record(evaluation.Kl.Mean, where);
        HeldOutReward.Record(evaluation.Reward.Mean, where);
    }
}
