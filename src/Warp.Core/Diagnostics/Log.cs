using Microsoft.Extensions.Logging;

namespace Warp;

/// <summary>All log messages, with stable event ids.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 101, Level = LogLevel.Warning,
        Message = "Step {Step}: the KL to the SFT policy is {Kl:0.#} nats, at or above the ceiling of {Ceiling:0.#}; the run ends with the weights of step {LastGood}. A larger KL coefficient or a smaller learning rate keeps it lower.")]
    internal static partial void KlCeilingReached(ILogger logger, int step, double kl, double ceiling, int lastGood);

    [LoggerMessage(EventId = 102, Level = LogLevel.Warning,
        Message = "Step {Step}: no completion could be used ({NotScorable} of {Total} were not scorable); weights and anchor stay as they are.")]
    internal static partial void NothingToLearnFrom(ILogger logger, int step, int notScorable, int total);

    [LoggerMessage(EventId = 103, Level = LogLevel.Debug,
        Message = "Step {Step} of {Steps}: reward {Reward:0.###}, KL to the anchor {Kl:0.###} nats, gradient norm {Norm:0.###}.")]
    internal static partial void StepTaken(ILogger logger, int step, int steps, double reward, double kl, double norm);

    [LoggerMessage(EventId = 104, Level = LogLevel.Information,
        Message = "Step {Step} of {Steps}, held-out: {Evaluation}.")]
    internal static partial void Evaluated(ILogger logger, int step, int steps, PolicyEvaluation evaluation);

    [LoggerMessage(EventId = 201, Level = LogLevel.Information,
        Message = "Iteration {Iteration} of {Iterations}: {Runs} runs of {Steps} steps.")]
    private static partial void IterationStarted(ILogger logger, int iteration, int iterations, int runs, int steps);

    [LoggerMessage(EventId = 202, Level = LogLevel.Information,
        Message = "Iteration {Iteration}: merged: {Merged}; interpolated (η = {Eta}): {Next}.")]
    private static partial void IterationFinished(ILogger logger, int iteration, PolicyEvaluation merged, double eta, PolicyEvaluation next);

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "Iteration {Iteration}, merge: {Warning}")]
    private static partial void MergeWarning(ILogger logger, int iteration, string warning);

    internal static void IterationStarted(ILogger logger, int iteration, WarpOptions options)
    {
        if (logger.IsEnabled(LogLevel.Information))
            IterationStarted(logger, iteration, options.Iterations, options.Runs, options.StepsOf(iteration));
    }

    internal static void IterationFinished(ILogger logger, IterationReport report, double eta)
    {
        foreach (var warning in report.Merge.Warnings)
            MergeWarning(logger, report.Iteration, warning);
        IterationFinished(logger, report.Iteration, report.Merged, eta, report.Next);
    }
}
