namespace Warp;

/// <summary>Executes runs: in this process (<see cref="InProcessExecutor"/>), or elsewhere.</summary>
public interface IRunExecutor
{
    /// <summary>Executes one run. Called for all runs of an iteration at once; how many proceed side by side is the executor's affair.</summary>
    /// <param name="request">The run. Its weights are lent for the duration of the call.</param>
    /// <param name="progress">Told after each step, possibly from several threads.</param>
    /// <param name="cancellationToken">Ends the run within one step.</param>
    /// <returns>The final weights and the report. Equal requests give equal outcomes.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    Task<RunOutcome> ExecuteAsync(RunRequest request, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken);
}
