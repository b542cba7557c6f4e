namespace Warp;

/// <summary>
/// Merges, interpolates and inspects checkpoints from files to files, group by group, so that they may be far larger than memory. The same
/// numbers, bit for bit, as <see cref="SlerpMerger"/>, <see cref="LerpMerger"/> and <see cref="LitiInterpolator"/> give in memory.
/// </summary>
/// <remarks>
/// Inputs are <c>.safetensors</c> files or Hugging Face folders (see <see cref="Checkpoint"/>); an output is of the kind of θ_init. All
/// differences of names, shapes and types are found before the first byte is written. Outputs appear under their final names when they are
/// complete, and not before.
/// </remarks>
public sealed class CheckpointMerger
{
    /// <summary>The clock of progress. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Merges policies that started from one θ_init.</summary>
    public MergeReport Merge(
        string init,
        IReadOnlyList<string> policies,
        string output,
        CheckpointMergeOptions? options = null,
        IProgress<CheckpointProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Interpolates from θ_init towards a target: one output per η, in one pass over the inputs.</summary>
    public void Interpolate(
        string init,
        string target,
        IReadOnlyList<(double Eta, string Output)> outputs,
        CheckpointMergeOptions? options = null,
        IProgress<CheckpointProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();

    /// <summary>Measures norms and angles; writes nothing.</summary>
    public CheckpointInspection Inspect(
        string init,
        IReadOnlyList<string> policies,
        MergeOptions? options = null,
        IProgress<CheckpointProgress>? progress = null,
        CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
