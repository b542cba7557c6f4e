using CsCheck;
using static TorchSharp.torch;

namespace Warp.Tests;

/// <summary>Which bytes are read when, and how much memory that takes.</summary>
public sealed class MergePlanTests
{
    private const long Mebibyte = 1 << 20;

    /// <summary>The smallest block of an input: one block of sums of the widest type.</summary>
    private const long SmallestBlock = 8 * GramAccumulator.BlockSize;

    private static readonly Gen<TensorGroup> Group = Gen.Select(RandomWeights.Among("F64", "F32", "BF16", "F16"), Gen.Int[0, 300_000]).Array[1, 4]
        .Select(tensors => new TensorGroup("group", [.. tensors.Select((t, k) => new AlignedTensor(new($"t{k}", t.Item1, [t.Item2]), []))]));

    private static readonly Gen<ScalarType?> Output = RandomWeights.Among<ScalarType?>(null, ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16);

    [Fact]
    public void Buffers_stay_within_the_budget() => Sample((plan, budget) =>
    {
        // One block of each kind is needed whatever the budget.
        var least = SmallestBlock * ((3 * plan.Inputs) + (MergePlan.OutputSlots * plan.Outputs * plan.Ratio));
        Assert.InRange(plan.BufferBytes, 1, Math.Max(budget, least));
        Assert.All(plan.Reads(), b => Assert.InRange(b.Pieces.Max(p => p.At + (p.Count * p.Size)), 1, plan.Capacity));
    });

    [Fact]
    public void Every_weight_is_read_once_or_twice_in_order_and_a_group_that_is_kept_has_room() => Sample((plan, _) =>
    {
        var reads = new Queue<Piece>(plan.Reads().SelectMany(b => b.Pieces));
        foreach (var group in plan.Groups)
        {
            var blocks = plan.BlocksOf(group).Count();
            Assert.True(!plan.IsKept(group) || blocks <= plan.Slots, $"{blocks} blocks are to be kept in {plan.Slots} places");
            for (var pass = 0; pass < (plan.Passes == Passes.Two && !plan.IsKept(group) ? 2 : 1); pass++)
            {
                foreach (var row in group.Rows)
                {
                    for (var first = 0L; first < row.Tensor.ElementCount;)
                    {
                        var piece = reads.Dequeue();
                        Assert.Equal((row, first), (piece.Row, piece.First));
                        first += piece.Count;
                        Assert.True(first == row.Tensor.ElementCount || piece.Count % GramAccumulator.BlockSize == 0, "a piece ends within a block of sums");
                    }
                }
            }
        }

        Assert.Empty(reads);
    });

    [Theory]
    [InlineData(4, true)]
    [InlineData(3, false)]
    public void A_group_is_kept_if_M_plus_2_times_its_size_fits(int sizes, bool isKept)
    {
        // Two policies, float32, a group of 8 MiB in blocks of 512 KiB: 16 blocks of three inputs, three of the output and two to read ahead.
        var group = new TensorGroup("group", [new(new("t", "F32", [2 * Mebibyte]), [])]);
        var plan = new MergePlan([group], Passes.Two, inputs: 3, outputs: 1, outputType: null, budget: sizes * 8 * Mebibyte, blockBytes: Mebibyte / 2);
        Assert.Equal(isKept, plan.IsKept(group));
    }

    private static void Sample(Action<MergePlan, long> check) =>
        Gen.Select(Group.Array[1, 4], Gen.Bool, Gen.Int[2, 5], Gen.Int[0, 3], Output, Gen.Long[Mebibyte, 64 * Mebibyte], Gen.Long[1, 8 * Mebibyte]).Sample(
            (groups, twice, inputs, outputs, type, budget, block) =>
                check(new(groups, twice ? Passes.Two : Passes.One, inputs, outputs, type, budget, block), budget),
            iter: 300,
            threads: 1);
}
