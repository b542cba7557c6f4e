namespace Warp;

/// <summary>An executor that can go on in the middle of a run. Runs of other executors that were cut off begin anew.</summary>
public interface IResumableExecutor : IRunExecutor
{
    /// <summary>Executes one run from where its state says, and saves its state on the way.</summary>
    /// <param name="request">The run. Its weights are lent for the duration of the call.</param>
    /// <param name="states">Keeps the state of this run.</param>
    /// <param name="progress">Told after each step, possibly from several threads.</param>
    /// <param name="cancellationToken">Ends the run within one step, after its state has been saved.</param>
    /// <returns>The final weights and the report: to the bit those of a run that was never cut off, durations excepted.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Task<RunOutcome> ExecuteAsync(RunRequest request, IRunStateStore states, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken);
}
