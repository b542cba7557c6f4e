namespace Warp;

/// <summary>One pass of a plan from files to files: what <see cref="CheckpointMerger"/> does once its arguments are checked.</summary>
internal sealed class CheckpointRun : IDisposable
{
    private readonly MergeInputs _inputs;
    private readonly MergePlan _plan;
    private readonly ByteProgress _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly CheckpointOutputs? _outputs;
    private readonly SourceHashes? _hashes;
    private readonly BlockPipeline _pipeline;

    /// <summary>Checks what is carried over, then begins the outputs, copies it and begins to read.</summary>
    internal CheckpointRun(
        MergeInputs inputs,
        MergePlan plan,
        IReadOnlyList<(string Path, Provenance Provenance)> outputs,
        CheckpointMergeOptions options,
        IProgress<CheckpointProgress>? progress,
        TimeProvider time,
        CancellationToken cancellationToken)
    {
        (_inputs, _plan, _cancellationToken) = (inputs, plan, cancellationToken);
        _progress = new(progress, time, TotalBytes());
        _inputs.CheckFrozen(_progress, cancellationToken);
        try
        {
            if (outputs.Count > 0)
            {
                _outputs = new(inputs, outputs, options);
                _hashes = new(inputs.Checkpoints);
                _outputs.CopyFrozen(_progress, cancellationToken);
            }

            _pipeline = new(plan, inputs, _outputs?.Writers ?? [], _hashes, _progress, cancellationToken);
        }
        catch
        {
            _hashes?.Dispose();
            _outputs?.Dispose();
            throw;
        }
    }

    private int Policies => _inputs.Checkpoints.Count - 1;

    internal static string NameOf(CheckpointMergeMethod method) => method == CheckpointMergeMethod.Slerp ? "slerp" : "lerp";

    /// <summary>Measures and combines group after group.</summary>
    internal MergeReport Merge(CheckpointMergeOptions options)
    {
        var report = new ReportBuilder(options.Merge, options.Method == CheckpointMergeMethod.Slerp ? SlerpArithmetic.Weights : GroupMerge.Linear);
        var eta = options.Merge.Eta ?? 1;
        foreach (var group in _plan.Groups)
        {
            if (_plan.Passes == Passes.One)
                MergeAtOnce(group, report, GroupReport.Factors(GroupMerge.LinearCoefficients(Policies, options.Merge), eta), eta > 1);
            else
                MergeMeasured(group, report, eta);
        }

        Complete();
        return report.Build(NameOf(options.Method), Policies);
    }

    /// <summary>Combines θ_init and the target with each η.</summary>
    internal void Interpolate(IReadOnlyList<double> etas)
    {
        double[][] factors = [.. etas.Select(eta => new[] { 1 - eta, eta })];
        bool[] extrapolates = [.. etas.Select(eta => eta > 1)];
        foreach (var group in _plan.Groups)
        {
            foreach (var _ in _plan.BlocksOf(group))
            {
                var block = _pipeline.Take();
                if (!BlockArithmetic.IsFinite(block, Policies, _cancellationToken))
                    throw GroupReport.NonFinite(FiniteScan.Describe(group, _inputs, [0, 1]));
                Write(block, factors, extrapolates);
            }
        }

        Complete();
    }

    /// <summary>Measures group after group, about θ_init and about zero.</summary>
    internal CheckpointInspection Inspect(MergeOptions options)
    {
        var report = new ReportBuilder(options, SlerpArithmetic.Weights);
        var angles = new List<IReadOnlyList<double?>>();
        using var zero = new AlignedBuffer(_plan.Capacity);
        zero.Span(0, zero.Bytes).Clear();
        foreach (var group in _plan.Groups)
        {
            var (tasks, full) = (new GramAccumulator(Policies), new GramAccumulator(Policies));
            foreach (var _ in _plan.BlocksOf(group))
            {
                var block = _pipeline.Take();
                BlockArithmetic.AddGram(block, tasks, _cancellationToken);
                BlockArithmetic.AddFullGram(block, zero, full, _cancellationToken);
                _pipeline.Release(block);
                _progress.Report(ByteProgress.Measuring);
            }

            report.Add(group, Finite(group, tasks));
            angles.Add(FullWeightAngles(full.ToMatrix()));
        }

        _pipeline.Finish();
        _progress.Finish();
        return new(report.Build(NameOf(CheckpointMergeMethod.Slerp), Policies), angles);
    }

    public void Dispose()
    {
        _pipeline.Dispose();
        _hashes?.Dispose();
        _outputs?.Dispose();
    }

    private long TotalBytes()
    {
        var writes = _plan.Outputs > 0;
        return _inputs.FrozenCheckBytes
            + CheckpointOutputs.FrozenBytes(_inputs, _plan.Outputs)
            + _plan.Reads().Sum(b => _plan.Inputs * b.Bytes)
            + _plan.OutputBytes
            + (writes ? SourceHashes.ExtraBytes(_inputs.Checkpoints, _plan) : 0);
    }

    /// <summary>The angle needs all of the group before any of it can be combined.</summary>
    private void MergeMeasured(TensorGroup group, ReportBuilder report, double eta)
    {
        var keeps = _plan.IsKept(group);
        var kept = new Queue<BlockBuffers>();
        var sums = new GramAccumulator(Policies);
        foreach (var _ in _plan.BlocksOf(group))
        {
            var block = _pipeline.Take();
            BlockArithmetic.AddGram(block, sums, _cancellationToken);
            if (keeps)
                kept.Enqueue(block);
            else
                _pipeline.Release(block);
            _progress.Report(ByteProgress.Measuring);
        }

        var factors = GroupReport.Factors(report.Add(group, Finite(group, sums)), eta);
        foreach (var _ in _plan.BlocksOf(group))
            Write(keeps ? kept.Dequeue() : _pipeline.Take(), [factors], [eta > 1]);
    }

    /// <summary>The weights are known; what is measured is only reported.</summary>
    private void MergeAtOnce(TensorGroup group, ReportBuilder report, double[] factors, bool extrapolates)
    {
        var sums = new GramAccumulator(Policies);
        foreach (var _ in _plan.BlocksOf(group))
        {
            var block = _pipeline.Take();
            BlockArithmetic.AddGram(block, sums, _cancellationToken);
            Finite(group, sums);
            Write(block, [factors], [extrapolates]);
        }

        report.Add(group, Finite(group, sums));
    }

    private void Write(BlockBuffers block, IReadOnlyList<double[]> factors, IReadOnlyList<bool> extrapolates)
    {
        var result = _pipeline.Rent();
        BlockArithmetic.Combine(block, factors, extrapolates, _plan, result, _cancellationToken);
        _pipeline.Release(block);
        _pipeline.Write(result);
        _progress.Report(ByteProgress.Writing);
    }

    private DoubleDouble[,] Finite(TensorGroup group, GramAccumulator sums)
    {
        var gram = sums.ToMatrix();
        return GroupReport.FirstNonFinite(gram) is >= 0 and var m ? throw GroupReport.NonFinite(FiniteScan.Describe(group, _inputs, [0, m + 1])) : gram;
    }

    private static double?[] FullWeightAngles(DoubleDouble[,] gram) =>
    [
        .. Enumerable.Range(1, gram.GetLength(0) - 1).Select(m => gram[0, 0].High == 0 || gram[m, m].High == 0
            ? (double?)null
            : SlerpArithmetic.Angle(gram[0, 0], gram[m, m], gram[0, m]) * (180 / Math.PI)),
    ];

    private void Complete()
    {
        _pipeline.Finish();
        _progress.Report(ByteProgress.Writing);
        var hashes = _hashes!.Finish(
            bytes =>
            {
                _progress.Add(bytes);
                _progress.Report(ByteProgress.Hashing);
            },
            _cancellationToken);
        _progress.Finish();
        _cancellationToken.ThrowIfCancellationRequested();
        _outputs!.Complete(hashes);
    }
}
