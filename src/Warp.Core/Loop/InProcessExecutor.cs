using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Warp;

/// <summary>Executes runs in this process, each on a thread of its own. How many proceed side by side does not change their results.</summary>
public sealed class InProcessExecutor : IResumableExecutor, IDisposable
{
    private readonly PartCatalog _catalog;
    private readonly SemaphoreSlim _places;

    /// <summary>Creates the executor.</summary>
    /// <param name="catalog">Makes the parts of the runs.</param>
    /// <param name="maxParallelRuns">
    /// How many runs proceed at once, at least 1. Each holds up to three policies (trained, anchor, θ_sft) and the optimizer's state. Default 1.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxParallelRuns"/> is below 1.</exception>
    public InProcessExecutor(PartCatalog catalog, int maxParallelRuns = 1)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxParallelRuns, 1);
        _catalog = catalog;
        _places = new SemaphoreSlim(maxParallelRuns);
    }

    /// <summary>Receives messages; none by default.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>The clock of the durations in reports. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <inheritdoc/>
    /// <exception cref="OptionsException">Settings are out of range, or the catalog lacks a part; all problems are listed.</exception>
    public Task<RunOutcome> ExecuteAsync(RunRequest request, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken) =>
        ExecuteInPlaceAsync(request, states: null, progress, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="OptionsException">Settings are out of range, or the catalog lacks a part; all problems are listed.</exception>
    public Task<RunOutcome> ExecuteAsync(
        RunRequest request, IRunStateStore states, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(states);
        return ExecuteInPlaceAsync(request, states, progress, cancellationToken);
    }

    /// <summary>Frees the executor; runs must have ended.</summary>
    public void Dispose() => _places.Dispose();

    private static TagList PlaceOf(RunRequest request) => [new("warp.iteration", request.Iteration), new("warp.run", request.Run)];

    private async Task<RunOutcome> ExecuteInPlaceAsync(
        RunRequest request, IRunStateStore? states, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        OptionProblems.ThrowIfAny(request.Options.Problems().Concat(_catalog.Problems(request.Parts)), nameof(RunRequest));
        await _places.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(
                () => Telemetry.InSpanAsync(
                    "warp.run", PlaceOf(request), () => ExecuteNowAsync(request, states, progress, cancellationToken)),
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    private async Task<RunOutcome> ExecuteNowAsync(
        RunRequest request, IRunStateStore? states, IProgress<ReinforceProgress>? progress, CancellationToken cancellationToken)
    {
        using var scope = Log.InRun(Logger, request);
        var parts = request.Parts;
        Func<IPolicy> create = () => _catalog.CreatePolicy(parts.Policy);
        using var policy = PolicyFactory.At(create, request.Start);
        using var anchor = _catalog.CreateAnchor(parts.Anchor, new AnchorContext(create, request.Start, request.Sft, request.Options));
        using var reference = PolicyFactory.At(create, request.Sft);
        var trainer = new ReinforceTrainer(policy, anchor, _catalog.Reward(parts.Reward), _catalog.Prompts(parts.Prompts), request.Options)
        {
            Evaluator = _catalog.CreateEvaluator(reference, parts, request.Options.Sampling, request.Evaluation),
            Start = request.Start,
            States = states,
            Tags = PlaceOf(request),
            Logger = Logger,
            Time = Time,
        };
        return await trainer.RunForWeightsAsync(request.Seed, progress, cancellationToken).ConfigureAwait(false);
    }
}
