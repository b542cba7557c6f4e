using static TorchSharp.torch;

namespace Warp;

/// <summary>How often the inputs of a group are needed.</summary>
internal enum Passes
{
    /// <summary>Once: to measure them or to combine them with factors that are known.</summary>
    One,

    /// <summary>To measure, then to combine. A group for which there is room is kept between the two, others are read twice.</summary>
    Two,
}

/// <summary>Which bytes are read in which order, and through how many buffers, so that they stay within a budget.</summary>
internal sealed class MergePlan
{
    /// <summary>The largest block of an input: long enough for all cores and for the disk, short enough to overlap.</summary>
    internal const long DefaultBlockBytes = 8L << 20;

    /// <summary>Output blocks: one being computed, one waiting and one being written.</summary>
    internal const int OutputSlots = 3;

    private const int FewestSlots = 3;

    private readonly long _mostKept;

    /// <param name="groups">In the order of the work.</param>
    /// <param name="passes">How often each is needed.</param>
    /// <param name="inputs">M + 1.</param>
    /// <param name="outputs">How many results are made of each block.</param>
    /// <param name="outputType">Their type; null for that of the inputs.</param>
    /// <param name="budget">About how many bytes all buffers may have.</param>
    /// <param name="blockBytes">The largest block of an input.</param>
    internal MergePlan(IReadOnlyList<TensorGroup> groups, Passes passes, int inputs, int outputs, ScalarType? outputType, long budget, long blockBytes)
    {
        (Groups, Passes, Inputs, Outputs, OutputType) = (groups, passes, inputs, outputs, outputType);
        var types = groups.SelectMany(g => g.Rows).Select(r => r.Tensor.ScalarType!.Value).Distinct().ToList();
        var sizes = types.Select(WeightKernels.Size).DefaultIfEmpty(1).ToList();
        Ratio = outputs == 0 ? 0 : types.Select(t => (Size(outputType ?? t) + Size(t) - 1) / Size(t)).DefaultIfEmpty(1).Max();
        long smallest = GramAccumulator.BlockSize * sizes.Max();
        var largestGroup = groups.Select(g => g.Rows.Sum(r => MergeBlock.Aligned(r.Tensor.ByteCount))).DefaultIfEmpty(0).Max();

        var perBlock = FewestSlots * inputs + OutputSlots * outputs * Ratio;
        Capacity = Math.Min(Math.Min(blockBytes, budget / perBlock), largestGroup);
        Capacity = Math.Max(smallest, (Capacity + smallest - 1) / smallest * smallest);
        if (Capacity > smallest && Capacity * perBlock > budget)
            Capacity -= smallest;

        var left = budget - Capacity * (perBlock - FewestSlots * inputs);
        _mostKept = Math.Max(FewestSlots, left / (Capacity * inputs));
        var kept = passes == Passes.Two ? groups.Where(IsKept).Select(BlocksIn).DefaultIfEmpty(0).Max() : 0;
        Slots = (int)Math.Min(Math.Min(_mostKept, int.MaxValue), Math.Max(FewestSlots, kept + 2));
    }

    internal IReadOnlyList<TensorGroup> Groups { get; }

    internal Passes Passes { get; }

    internal int Inputs { get; }

    internal int Outputs { get; }

    internal ScalarType? OutputType { get; }

    /// <summary>Bytes of one buffer of an input.</summary>
    internal long Capacity { get; }

    /// <summary>How many blocks of the inputs are in memory at once.</summary>
    internal int Slots { get; }

    /// <summary>Bytes of an output at most for each byte of an input, rounded up.</summary>
    internal long Ratio { get; }

    /// <summary>The bytes of all buffers.</summary>
    internal long BufferBytes => Capacity * (Slots * Inputs + OutputSlots * Outputs * Ratio);

    internal IEnumerable<MergeBlock> BlocksOf(TensorGroup group) => MergeBlock.Divide(group.Rows, Capacity);

    /// <summary>Whether a group stays in memory between its two passes.</summary>
    internal bool IsKept(TensorGroup group) => Passes == Passes.Two && MergeBlock.Divide(group.Rows, Capacity).Take((int)Math.Min(_mostKept, int.MaxValue - 1) + 1).Count() <= _mostKept;

    /// <summary>All blocks in the order in which they are read.</summary>
    internal IEnumerable<MergeBlock> Reads()
    {
        foreach (var group in Groups)
        {
            var times = Passes == Passes.One || IsKept(group) ? 1 : 2;
            for (var pass = 0; pass < times; pass++)
            {
                foreach (var block in BlocksOf(group))
                    yield return block;
            }
        }
    }

    /// <summary>Bytes that will be written.</summary>
    internal long OutputBytes => Outputs * Groups.Sum(g => g.Rows.Sum(r => r.Tensor.ElementCount * Size(OutputType ?? r.Tensor.ScalarType!.Value)));

    private static long Size(ScalarType type) => WeightKernels.Size(type);

    private long BlocksIn(TensorGroup group) => BlocksOf(group).Count();
}
