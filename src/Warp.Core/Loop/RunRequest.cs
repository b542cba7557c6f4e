namespace Warp;

/// <summary>
/// One run as a self-contained unit of work: start weights, settings, seed and the names of its parts. Nothing in it refers to the process
/// that made it, so it can be sent elsewhere.
/// </summary>
public sealed record RunRequest
{
    /// <summary>i, from 1.</summary>
    public required int Iteration { get; init; }

    /// <summary>m, from 1.</summary>
    public required int Run { get; init; }

    /// <summary>θ_init, where the run starts. Lent until the run has ended; not changed.</summary>
    public required ParameterSet Start { get; init; }

    /// <summary>θ_sft, against which evaluations measure the KL. Lent until the run has ended; not changed.</summary>
    public required ParameterSet Sft { get; init; }

    /// <summary>The seed of the run, different for every iteration and run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The settings, with T of this iteration.</summary>
    public required ReinforceOptions Options { get; init; }

    /// <summary>How the run evaluates.</summary>
    public required EvaluationOptions Evaluation { get; init; }

    /// <summary>The names of its parts.</summary>
    public required RunParts Parts { get; init; }
}
