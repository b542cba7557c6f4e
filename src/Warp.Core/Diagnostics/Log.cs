using Microsoft.Extensions.Logging;

namespace Warp;

/// <summary>All log messages, with stable event ids.</summary>
internal static partial class Log
{
    private static readonly Func<ILogger, int, int, IDisposable?> RunScope = LoggerMessage.DefineScope<int, int>("iteration {Iteration}, run {Run}");

    /// <summary>All messages of a run carry its place.</summary>
    internal static IDisposable? InRun(ILogger logger, RunRequest request) => RunScope(logger, request.Iteration, request.Run);

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

    [LoggerMessage(EventId = 105, Level = LogLevel.Warning, Message = "{What}; the step was not applied, and is counted.")]
    internal static partial void StepSkipped(ILogger logger, string what);

    [LoggerMessage(EventId = 106, Level = LogLevel.Warning,
        Message = "The reward model failed at attempt {Attempt} of {Attempts}, the next is in {Delay}: {Problem}")]
    internal static partial void RewardRetried(ILogger logger, int attempt, int attempts, TimeSpan delay, string problem);

    [LoggerMessage(EventId = 107, Level = LogLevel.Error, Message = "The state after step {Step} could not be saved.")]
    internal static partial void NotSavedAtLast(ILogger logger, int step, Exception failure);

    [LoggerMessage(EventId = 111, Level = LogLevel.Warning, Message = "Step {Step}, {Signature}: {Text}")]
    private static partial void RunSignature(ILogger logger, int step, FailureSignature signature, string text);

    [LoggerMessage(EventId = 112, Level = LogLevel.Warning, Message = "{Signature}: {Text}")]
    private static partial void AveragingSignature(ILogger logger, FailureSignature signature, string text);

    [LoggerMessage(EventId = 201, Level = LogLevel.Information,
        Message = "Iteration {Iteration} of {Iterations}: {Runs} runs of {Steps} steps.")]
    private static partial void IterationStarted(ILogger logger, int iteration, int iterations, int runs, int steps);

    [LoggerMessage(EventId = 202, Level = LogLevel.Information,
        Message = "Iteration {Iteration}: merged: {Merged}; interpolated (η = {Eta}): {Next}.")]
    private static partial void IterationFinished(ILogger logger, int iteration, PolicyEvaluation merged, double eta, PolicyEvaluation next);

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "Iteration {Iteration}, merge: {Warning}")]
    private static partial void MergeWarning(ILogger logger, int iteration, string warning);

    [LoggerMessage(EventId = 301, Level = LogLevel.Information,
        Message = "Going on from checkpoint {Number} in '{Folder}' ({Event}, written {Written:u}).")]
    internal static partial void Resumed(ILogger logger, string folder, int number, string @event, DateTimeOffset written);

    [LoggerMessage(EventId = 302, Level = LogLevel.Debug, Message = "Checkpoint {Number} ({Event}) is in '{Folder}'.")]
    internal static partial void Saved(ILogger logger, int number, string @event, string folder);

    [LoggerMessage(EventId = 303, Level = LogLevel.Warning,
        Message = "The checkpoint '{Name}' in '{Folder}' is damaged: {Problem}. It is set aside, and the one before it is used.")]
    internal static partial void Damaged(ILogger logger, string name, string folder, string problem);

    [LoggerMessage(EventId = 304, Level = LogLevel.Information, Message = "The checkpoint folder '{Folder}' was held by {Holder}, which ended without letting go of it.")]
    private static partial void StaleLock(ILogger logger, string folder, string holder);

    [LoggerMessage(EventId = 305, Level = LogLevel.Warning,
        Message = "The checkpoint was written with {What} {Saved}, this is {Now}; the result may differ in the last bits.")]
    internal static partial void VersionDiffers(ILogger logger, string what, string saved, string now);

    [LoggerMessage(EventId = 306, Level = LogLevel.Warning, Message = "The checkpoint in '{Folder}': {Difference}, which AcceptChanges allows.")]
    private static partial void SettingAccepted(ILogger logger, string folder, string difference);

    [LoggerMessage(EventId = 307, Level = LogLevel.Error, Message = "The checkpoint folder '{Folder}' could not be written.")]
    internal static partial void SaveFailed(ILogger logger, string folder, Exception failure);

    [LoggerMessage(EventId = 308, Level = LogLevel.Warning,
        Message = "There is no whole checkpoint in '{Folder}', but {Damaged} that were set aside as *.damaged; the loop begins anew. Remove them if that is meant.")]
    internal static partial void BeginsAnew(ILogger logger, string folder, int damaged);

    internal static void StaleLock(ILogger logger, string folder, StoreLock.Holder holder) => StaleLock(logger, folder, holder.ToString());

    internal static void SettingAccepted(ILogger logger, string folder, SettingDifference difference) => SettingAccepted(logger, folder, difference.ToString());

    internal static void Signature(ILogger logger, FailureWarning warning)
    {
        if (warning.Step > 0)
            RunSignature(logger, warning.Step, warning.Signature, warning.Message);
        else
            AveragingSignature(logger, warning.Signature, warning.Message);
    }

    internal static void IterationStarted(ILogger logger, int iteration, WarpOptions options)
    {
        if (logger.IsEnabled(LogLevel.Information))
            IterationStarted(logger, iteration, options.Iterations, options.Runs, options.StepsOf(iteration));
    }

    internal static void IterationFinished(ILogger logger, IterationReport report, double eta)
    {
        foreach (var warning in report.Merge.Warnings)
            MergeWarning(logger, report.Iteration, warning);
        foreach (var warning in report.Warnings)
            Signature(logger, warning);
        IterationFinished(logger, report.Iteration, report.Merged, eta, report.Next);
    }
}
