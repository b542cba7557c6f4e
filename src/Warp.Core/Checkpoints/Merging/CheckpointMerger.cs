namespace Warp;

/// <summary>
/// Merges, interpolates and inspects checkpoints from files to files, group by group, so that they may be far larger than memory. The same
/// numbers, bit for bit, as <see cref="SlerpMerger"/>, <see cref="LerpMerger"/> and <see cref="LitiInterpolator"/> give in memory.
/// </summary>
/// <remarks>
/// <para>
/// Inputs are <c>.safetensors</c> files or Hugging Face folders (see <see cref="Checkpoint"/>); an output is of the kind of θ_init. All
/// differences of names, shapes and types are found before the first byte is written. Outputs appear under their final names when all of them
/// are complete, and not before, one after the other and each as a whole; after an error or a cancellation before that nothing is left behind.
/// </para>
/// <para>
/// Angles need all of a group before any of it can be combined. A group for which <see cref="CheckpointMergeOptions.MemoryBudget"/> has room is
/// read once and kept; a larger one is read twice, in blocks. Reading, arithmetic and writing overlap.
/// </para>
/// <para>
/// A folder gets a model card that records method, sources with their SHA-256, λ, η, granularity and type; a file gets the same as metadata
/// (<c>warp.method</c>, <c>warp.lambda</c>, <c>warp.eta</c>, <c>warp.granularity</c>, <c>warp.dtype</c>, and for each source, such as
/// <c>init</c> or <c>policy.1</c>, <c>warp.policy.1</c> and <c>warp.policy.1.sha256</c>).
/// </para>
/// </remarks>
public sealed class CheckpointMerger
{
    /// <summary>The clock of progress. Default: the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The largest block of one input in bytes; for tests.</summary>
    internal long BlockBytes { get; init; } = MergePlan.DefaultBlockBytes;

    /// <summary>Merges policies that started from one θ_init.</summary>
    /// <param name="init">The path of θ_init, where all policies started.</param>
    /// <param name="policies">The paths of θ¹ … θᴹ, at least one, in the order in which they are merged.</param>
    /// <param name="output">The path of the result: a file if θ_init is one, else a folder. It must not be one of the inputs.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Is told of bytes read and written, on the calling thread; what it throws ends the merge.</param>
    /// <param name="cancellationToken">Ends the work between blocks; nothing is left behind.</param>
    /// <returns>What was measured, as in memory.</returns>
    /// <remarks>
    /// With <see cref="MergeOptions.Eta"/> the interpolation towards θ_init is part of the same weighted sum: one rounding, to the type of the output.
    /// </remarks>
    /// <exception cref="ArgumentException">There is no policy, or the output is not of the kind of θ_init, or is or lies in an input.</exception>
    /// <exception cref="OptionsException">Settings are out of range or do not fit the number of policies; all are listed.</exception>
    /// <exception cref="ParameterMismatchException">Names, shapes, types, ties or frozen values differ; all differences are listed.</exception>
    /// <exception cref="NonFiniteWeightsException">A weight is NaN or infinite, or would be in the type of the result.</exception>
    /// <exception cref="SafetensorsException">An input is malformed.</exception>
    /// <exception cref="OutputExistsException">The output exists and is not to be replaced.</exception>
    /// <exception cref="IOException">An input is missing or cannot be read, or the output cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public MergeReport Merge(
        string init,
        IReadOnlyList<string> policies,
        string output,
        CheckpointMergeOptions? options = null,
        IProgress<CheckpointProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();
        CheckPaths(init, policies);
        ArgumentException.ThrowIfNullOrEmpty(output);
        OptionProblems.ThrowIfAny(options.Problems(policies.Count), nameof(CheckpointMergeOptions));
        using var inputs = OpenPolicies(init, policies);
        OutputPath.Check(inputs, [output], nameof(output));
        var plan = new MergePlan(inputs.Group(options.Merge), options.Method == CheckpointMergeMethod.Slerp ? Passes.Two : Passes.One, inputs.Checkpoints.Count, outputs: 1, options.Merge.OutputType, options.MemoryBudget, BlockBytes);
        using var run = new CheckpointRun(inputs, plan, [(output, OfMerge(inputs, options))], options, progress, Time, cancellationToken);
        return run.Merge(options);
    }

    /// <summary>Interpolates from θ_init towards a target: one output per η, in one pass over the inputs.</summary>
    /// <param name="init">The path of θ_init, the start.</param>
    /// <param name="target">The path of the target, such as a merge.</param>
    /// <param name="outputs">η in [0, 1] (or above 1 with leave) and where its result goes: a file if θ_init is one, else a folder.</param>
    /// <param name="options">Budget, shards, output type, overwriting and leave to extrapolate; all others are moot. Null for the defaults.</param>
    /// <param name="progress">Is told of bytes read and written, on the calling thread; what it throws ends the work.</param>
    /// <param name="cancellationToken">Ends the work between blocks; nothing is left behind.</param>
    /// <exception cref="ArgumentException">There is no output, one is not of the kind of θ_init, or is or lies in an input, or two are one.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An η is not a number, negative, infinite, or above 1 without leave.</exception>
    /// <exception cref="OptionsException">Settings are out of range; all are listed.</exception>
    /// <exception cref="ParameterMismatchException">Names, shapes, types, ties or frozen values differ; all differences are listed.</exception>
    /// <exception cref="NonFiniteWeightsException">A weight is NaN or infinite, or would be in the type of the result.</exception>
    /// <exception cref="SafetensorsException">An input is malformed.</exception>
    /// <exception cref="OutputExistsException">An output exists and is not to be replaced.</exception>
    /// <exception cref="IOException">An input is missing or cannot be read, or an output cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read or written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public void Interpolate(
        string init,
        string target,
        IReadOnlyList<(double Eta, string Output)> outputs,
        CheckpointMergeOptions? options = null,
        IProgress<CheckpointProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();
        ArgumentException.ThrowIfNullOrEmpty(init);
        ArgumentException.ThrowIfNullOrEmpty(target);
        ArgumentNullException.ThrowIfNull(outputs);
        if (outputs.Count == 0)
            throw new ArgumentException("There are 0 outputs; give at least one η.", nameof(outputs));
        OptionProblems.ThrowIfAny(options.Problems(policies: null), nameof(CheckpointMergeOptions));
        var interpolator = new LitiInterpolator { AllowExtrapolation = options.Merge.AllowExtrapolation };
        foreach (var (eta, _) in outputs)
            interpolator.Check(eta);
        using var inputs = MergeInputs.Open([init, target], ["the start", "the target"]);
        OutputPath.Check(inputs, [.. outputs.Select(o => o.Output)], nameof(outputs));
        var groups = inputs.Group(new MergeOptions { Granularity = Granularity.Tensor });
        var plan = new MergePlan(groups, Passes.One, inputs: 2, outputs.Count, options.Merge.OutputType, options.MemoryBudget, BlockBytes);
        var named = outputs.Select(o => (o.Output, OfInterpolation(inputs, o.Eta, options))).ToList();
        using var run = new CheckpointRun(inputs, plan, named, options, progress, Time, cancellationToken);
        run.Interpolate([.. outputs.Select(o => o.Eta)]);
    }

    /// <summary>Measures norms and angles; writes nothing.</summary>
    /// <param name="init">The path of θ_init, where all policies started.</param>
    /// <param name="policies">The paths of θ¹ … θᴹ, at least one, in the order in which a merge would take them.</param>
    /// <param name="options">Granularity, grouping, λ and memory budget; all others are moot. Null for the defaults.</param>
    /// <param name="progress">Is told of bytes read, on the calling thread; what it throws ends the work.</param>
    /// <param name="cancellationToken">Ends the work between blocks.</param>
    /// <returns>Norms, angles and norm ratios of task vectors, and angles of full weights.</returns>
    /// <exception cref="ArgumentException">There is no policy.</exception>
    /// <exception cref="OptionsException">Settings are out of range or do not fit the number of policies; all are listed.</exception>
    /// <exception cref="ParameterMismatchException">Names, shapes, types, ties or frozen values differ; all differences are listed.</exception>
    /// <exception cref="NonFiniteWeightsException">A weight is NaN or infinite.</exception>
    /// <exception cref="SafetensorsException">An input is malformed.</exception>
    /// <exception cref="IOException">An input cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public CheckpointInspection Inspect(
        string init,
        IReadOnlyList<string> policies,
        CheckpointMergeOptions? options = null,
        IProgress<CheckpointProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        options ??= new();
        CheckPaths(init, policies);
        OptionProblems.ThrowIfAny(options.Problems(policies.Count), nameof(CheckpointMergeOptions));
        using var inputs = OpenPolicies(init, policies);
        var plan = new MergePlan(inputs.Group(options.Merge), Passes.One, inputs.Checkpoints.Count, outputs: 0, outputType: null, options.MemoryBudget, BlockBytes);
        using var run = new CheckpointRun(inputs, plan, [], options, progress, Time, cancellationToken);
        return run.Inspect(options.Merge);
    }

    private static void CheckPaths(string init, IReadOnlyList<string> policies)
    {
        ArgumentException.ThrowIfNullOrEmpty(init);
        ArgumentNullException.ThrowIfNull(policies);
        if (policies.Count == 0)
            throw new ArgumentException("There are 0 policies to merge; give at least 1 (M ≥ 1).", nameof(policies));
        foreach (var policy in policies)
            ArgumentException.ThrowIfNullOrEmpty(policy, nameof(policies));
    }

    private static MergeInputs OpenPolicies(string init, IReadOnlyList<string> policies) =>
        MergeInputs.Open([init, .. policies], ["θ_init", .. policies.Select((_, m) => $"policy {m + 1}")]);

    private static Provenance OfMerge(MergeInputs inputs, CheckpointMergeOptions options) => new()
    {
        Inputs = inputs,
        Roles = ["init", .. inputs.Labels.Skip(1)],
        Method = CheckpointRun.NameOf(options.Method),
        Lambda = inputs.Checkpoints.Count == 3 ? GroupReport.Lambda(options.Merge)(2) : null,
        Eta = options.Merge.Eta,
        Granularity = options.Merge.Granularity.ToString().ToLowerInvariant(),
        TypeName = TypeName(options),
    };

    private static Provenance OfInterpolation(MergeInputs inputs, double eta, CheckpointMergeOptions options) => new()
    {
        Inputs = inputs,
        Roles = ["init", "target"],
        Method = "liti",
        Eta = eta,
        TypeName = TypeName(options),
    };

    private static string? TypeName(CheckpointMergeOptions options) => options.Merge.OutputType is { } type ? OutputTypes.NameOf(type) : null;
}
